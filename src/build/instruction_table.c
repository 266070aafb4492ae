/* SPDX-License-Identifier: BSD-2-Clause */
#include "build/instruction_table.h"

#define ROW(name, form, json, arguments, text)                                                     \
	{                                                                                          \
#name, INSTRUCTION_##name, form, json, arguments, text                             \
	}
#define REFUSED(name, text)                                                                        \
	{                                                                                          \
#name, INSTRUCTION_REFUSED, FORM_TEXT, false, NULL, text                           \
	}

const struct instruction_row instruction_table[] = {
	ROW(FROM, FORM_WORD, false, "Ar image Ns Oo : Ns Ar tag Oc Ns Op @ Ns Ar snapshot",
		"The image to start from, or the state after one of its instructions. There is "
		"one, "
		"and only ARG may stand before it."),
	ROW(ARG, FORM_DECLARATIONS, false, "Ar name Ns Oo = Ns Ar value Oc ...",
		"Variables of the build, from this line on; --build-arg sets those that are "
		"declared. What is declared before FROM is for FROM; behind it a name has that "
		"value if it is declared again without one."),
	ROW(ENV, FORM_VARIABLES, false, "Ar name Ns = Ns Ar value ...",
		"Variables of the build and of containers of the image; they beat those of ARG. "
		"With a blank in place of the first '=', or where a word sets nothing, all that "
		"follows the name is its value."),
	ROW(USER, FORM_WORD, false, "Ar user Ns Op : Ns Ar group",
		"Who runs commands from here on, and the container's command: names or numbers."),
	ROW(WORKDIR, FORM_WORD, false, "Ar directory",
		"Where commands run, and where COPY copies to unless its destination is absolute. "
		"It is made when missing; a relative one is below the last."),
	ROW(SHELL, FORM_LIST, true, "Ar list",
		"What runs the command lines that follow, in place of [\"/bin/sh\", \"-c\"]."),
	ROW(RUN, FORM_COMMAND, true, "Ar command", "Runs a command."),
	ROW(COPY, FORM_COPY, true,
		"Oo Fl -chown= Ns Ar user Ns Oo : Ns Ar group Oc Oc Oo Fl -chmod= Ns Ar mode Oc "
		"Ar source ... Ar destination",
		"Copies files of the context, the directory that was given to klee-image-build(1). "
		"Sources are names or patterns with '*', '?', '[a-z]', '{a,b}', and '**' for any "
		"number of directories; a pattern that fits nothing counts for nothing if there is "
		"another source. Several need a destination that ends in '/'. Of a directory its "
		"contents are copied. Directories are made when missing. Files belong to root or "
		"to whom --chown names, one of the image's own users, and keep their mode or have "
		"the octal one of --chmod. What .dockerignore names is left out. Nothing outside "
		"of the context can be reached."),
	ROW(ENTRYPOINT, FORM_COMMAND, true, "Ar command",
		"What containers of the image execute: the words of CMD, or in their place those "
		"that klee-container-run(1) is given, stand behind it. A command line takes none. "
		"It takes the place of what the image of FROM has as CMD."),
	ROW(CMD, FORM_COMMAND, true, "Ar command",
		"The command of containers of the image, or the words behind ENTRYPOINT."),
	ROW(EXPOSE, FORM_WORDS, false,
		"Ar port Ns Oo - Ns Ar last Oc Ns Oo / Ns Ar protocol Oc ...",
		"Ports that processes listen on, with tcp, which is the default, or udp. They are "
		"noted with the image, and shown; --publish is what publishes one."),
	ROW(VOLUME, FORM_WORDS, true, "Ar directory ...",
		"Directories whose files are to outlive changes of containers. They are noted with "
		"the image; each of its containers gets an anonymous volume there, which receives "
		"what the image has, unless it is told to mount something else there. Builds mount "
		"none."),
	ROW(LABEL, FORM_LABELS, false, "Ar name Ns = Ns Ar value ...",
		"What is to be said of the image, under names of any characters."),
	ROW(STOPSIGNAL, FORM_WORD, false, "Ar signal",
		"What a container is sent when it is to stop, by name or number, in place of "
		"SIGTERM."),
	ROW(MAINTAINER, FORM_TEXT, false, "Ar text", "Who looks after the image."),
	REFUSED(ADD, "COPY copies files of the context, and RUN can fetch and unpack others"),
	REFUSED(HEALTHCHECK, "a container's health is not looked at; a restart policy starts one "
			     "again that has ended"),
	REFUSED(ONBUILD, "what other builds are to do stands in their own Dockerfiles"),
};

const size_t instruction_count = sizeof(instruction_table) / sizeof(*instruction_table);

/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/linux/reserved_ports.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/capability.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/mem.h"
#include "host/linux/btf.h"

#define BTF_FILE "/sys/kernel/btf/vmlinux"

/* What a program for bind(2) returns. */
#define AS_USUAL      1
#define ALSO_RESERVED 3 /* without asking for CAP_NET_BIND_SERVICE in the network's namespace */
#define CONTAINER_LEVEL                                                                            \
	1 /* of a container's user namespace; the host's is 0, nested ones are more */

#define SLOT (-8) /* the program's one variable, on its stack */

struct offsets {
	long cred, capabilities, userns, level;
};

/* All of the kernel's description, to be freed; NULL with *err. */
static char *read_btf(size_t *len, struct error *err)
{
	AUTO_CLOSE int fd = open(BTF_FILE, O_RDONLY | O_CLOEXEC);
	struct stat st;
	ssize_t n = 1;
	char *data;

	if (fd < 0 || fstat(fd, &st) != 0) {
		error_errno(err, errno, "cannot open %s", BTF_FILE);
		return NULL;
	}
	data = xmalloc((size_t)st.st_size);
	for (*len = 0; n > 0 && *len < (size_t)st.st_size; *len += (size_t)(n > 0 ? n : 0))
		n = read(fd, data + *len, (size_t)st.st_size - *len);
	if (n >= 0)
		return data;
	error_errno(err, errno, "cannot read %s", BTF_FILE);
	free(data);
	return NULL;
}

static int find_offsets(struct offsets *o, struct error *err)
{
	size_t len;
	AUTO_FREE char *data = read_btf(&len, err);

	if (data == NULL)
		return -1;
	*o = (struct offsets){
		.cred = btf_offset(data, len, "task_struct", "cred"),
		.capabilities = btf_offset(data, len, "cred", "cap_effective"),
		.userns = btf_offset(data, len, "cred", "user_ns"),
		.level = btf_offset(data, len, "user_namespace", "level"),
	};
	if (o->cred < 0 || o->capabilities < 0 || o->userns < 0 || o->level < 0)
		return error_set(err, ERROR_SYSTEM,
			"%s does not tell where the kernel keeps credentials", BTF_FILE);
	return 0;
}

#define INSN(op, dst, src, offset, value)                                                          \
	((struct bpf_insn){.code = (op),                                                           \
		.dst_reg = (dst),                                                                  \
		.src_reg = (src),                                                                  \
		.off = (offset),                                                                   \
		.imm = (int32_t)(value)})
#define MOVE(dst, src)	       INSN(BPF_ALU64 | BPF_MOV | BPF_X, dst, src, 0, 0)
#define SET(dst, value)	       INSN(BPF_ALU64 | BPF_MOV | BPF_K, dst, 0, 0, value)
#define ADD(dst, value)	       INSN(BPF_ALU64 | BPF_ADD | BPF_K, dst, 0, 0, value)
#define CALL(function)	       INSN(BPF_JMP | BPF_CALL, 0, 0, 0, function)
#define LOAD(size, dst)	       INSN(BPF_LDX | (size) | BPF_MEM, dst, BPF_REG_10, SLOT, 0)
#define RETURN		       INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0)
#define UNLESS(op, reg, value) /* passes the next two over */                                      \
	INSN(BPF_JMP | (op) | BPF_K, reg, 0, 2, value)

/* Reads size bytes at offset of what register base points to into the slot. */
#define READ(base, offset, size)                                                                   \
	MOVE(BPF_REG_3, base), ADD(BPF_REG_3, offset), MOVE(BPF_REG_1, BPF_REG_10),                \
		ADD(BPF_REG_1, SLOT), SET(BPF_REG_2, size), CALL(BPF_FUNC_probe_read_kernel)

static int load(const struct offsets *o, enum bpf_attach_type type, struct error *err)
{
	const struct bpf_insn program[] = {
		CALL(BPF_FUNC_get_current_task),
		READ(BPF_REG_0, o->cred, 8),
		LOAD(BPF_DW, BPF_REG_6),
		READ(BPF_REG_6, o->capabilities, 8),
		LOAD(BPF_DW, BPF_REG_7),
		UNLESS(BPF_JSET, BPF_REG_7, 1 << CAP_NET_BIND_SERVICE),
		SET(BPF_REG_0, AS_USUAL),
		RETURN,
		READ(BPF_REG_6, o->userns, 8),
		LOAD(BPF_DW, BPF_REG_6),
		READ(BPF_REG_6, o->level, 4),
		LOAD(BPF_W, BPF_REG_7),
		UNLESS(BPF_JEQ, BPF_REG_7, CONTAINER_LEVEL),
		SET(BPF_REG_0, AS_USUAL),
		RETURN,
		SET(BPF_REG_0, ALSO_RESERVED),
		RETURN,
	};
	union bpf_attr attr = {
		.prog_type = BPF_PROG_TYPE_CGROUP_SOCK_ADDR,
		.expected_attach_type = type,
		.insns = (uint64_t)(uintptr_t)program,
		.insn_cnt = ARRAY_SIZE(program),
		/* the kernel has its functions for reading its memory for such programs alone */
		.license = (uint64_t)(uintptr_t) "Dual BSD/GPL",
		.prog_name = "kleene_bind",
	};
	int fd = (int)syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof(attr));

	if (fd < 0)
		return error_errno(err, errno, "cannot load a program for bind(2) into the kernel");
	return fd;
}

static int attach(int group, const struct offsets *o, enum bpf_attach_type type, struct error *err)
{
	AUTO_CLOSE int fd = load(o, type, err);
	union bpf_attr attr = {
		.target_fd = (uint32_t)group,
		.attach_bpf_fd = (uint32_t)fd,
		.attach_type = type,
		.attach_flags = BPF_F_ALLOW_OVERRIDE, /* so that another one replaces it */
	};

	if (fd < 0)
		return -1;
	if (syscall(SYS_bpf, BPF_PROG_ATTACH, &attr, sizeof(attr)) != 0)
		return error_errno(
			err, errno, "cannot attach a program for bind(2) to a control group");
	return 0;
}

int reserved_ports_allow(int group, struct error *err)
{
	struct offsets o;

	if (find_offsets(&o, err) != 0 || attach(group, &o, BPF_CGROUP_INET4_BIND, err) != 0)
		return -1;
	return attach(group, &o, BPF_CGROUP_INET6_BIND, err);
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "warden/protocol.h"

#include <string.h>

static void put_mount(struct wire *w, const struct jail_mount *m)
{
	wire_str(w, FIELD_MOUNT_SOURCE, m->source);
	wire_str(w, FIELD_MOUNT_DESTINATION, m->destination);
	wire_str(w, FIELD_MOUNT_TYPE, m->type);
	wire_str(w, FIELD_MOUNT_OPTIONS, m->options);
	wire_u64(w, FIELD_MOUNT_FLAGS,
		(m->read_only ? MOUNT_READ_ONLY : 0) | (m->populate ? MOUNT_POPULATE : 0));
}

static void put_endpoint(struct wire *w, const struct jail_endpoint *e)
{
	char text[SUBNET_TEXT_MAX];

	wire_str(w, FIELD_ENDPOINT_ID, e->id);
	wire_str(w, FIELD_ENDPOINT_INTERFACE, e->interface);
	wire_u64(w, FIELD_ENDPOINT_TYPE, e->type);
	wire_str(w, FIELD_ENDPOINT_NETWORK, e->network);
	for (size_t i = 0; i < FAMILIES; i++) {
		if (!address_is_none(&e->subnet[i].base))
			wire_str(w, FIELD_ENDPOINT_SUBNET, subnet_format(&e->subnet[i], text));
		if (!address_is_none(&e->address[i]))
			wire_str(w, FIELD_ENDPOINT_ADDRESS, address_format(&e->address[i], text));
		if (!address_is_none(&e->gateway[i]))
			wire_str(w, FIELD_ENDPOINT_GATEWAY, address_format(&e->gateway[i], text));
	}
	wire_u64(w, FIELD_ENDPOINT_FLAGS,
		(e->internal ? ENDPOINT_INTERNAL : 0) | (e->icc ? ENDPOINT_ICC : 0));
}

void protocol_put_setup(struct wire *w, const struct warden_setup *s)
{
	wire_begin(w, MSG_SETUP);
	wire_str(w, FIELD_ID, s->jail.id);
	wire_str(w, FIELD_HOSTNAME, s->jail.hostname);
	wire_str(w, FIELD_ROOT_PATH, s->jail.root.path);
	wire_str(w, FIELD_ROOT_LOWER, s->jail.root.lower);
	wire_str(w, FIELD_ROOT_BASE, s->jail.root.base);
	wire_u64(w, FIELD_ROOT_UNSYNCED, s->jail.root.unsynced);
	wire_u64(w, FIELD_ROOT_READ_ONLY, s->jail.confinement.read_only);
	wire_u64(w, FIELD_SHM_SIZE, s->jail.confinement.shm_size);
	wire_strings(w, FIELD_SYSCTL, &s->jail.confinement.sysctls);
	wire_u64(w, FIELD_DEVFS, s->jail.devfs);
	wire_u64(w, FIELD_DRIVER, s->jail.driver);
	for (size_t i = 0; i < s->jail.nendpoints; i++)
		put_endpoint(w, &s->jail.endpoints[i]);
	wire_strings(w, FIELD_PARAM, &s->jail.params);
	for (size_t i = 0; i < s->jail.nmounts; i++)
		put_mount(w, &s->jail.mounts[i]);
	wire_put(w, FIELD_HANDOVER, s->jail.handover.bytes.data, s->jail.handover.bytes.len);
	wire_u64(w, FIELD_LOG_SIZE, s->log_size);
}

/* Takes a field into *to unless it was there already. */
static void take_str(char **to, const struct wire_field *f)
{
	if (*to == NULL)
		*to = wire_field_str(f);
}

/* Takes the fields of mounts, each of which begins with its source. */
static void take_mount(struct jail_config *jail, const struct wire_field *f)
{
	struct jail_mount *m = jail->nmounts > 0 ? &jail->mounts[jail->nmounts - 1] : NULL;

	if (f->tag == FIELD_MOUNT_SOURCE) {
		jail->mounts = xrealloc(jail->mounts, (jail->nmounts + 1) * sizeof(*m));
		jail->mounts[jail->nmounts++] = (struct jail_mount){.source = wire_field_str(f)};
	} else if (m != NULL && f->tag == FIELD_MOUNT_DESTINATION) {
		take_str(&m->destination, f);
	} else if (m != NULL && f->tag == FIELD_MOUNT_TYPE) {
		take_str(&m->type, f);
	} else if (m != NULL && f->tag == FIELD_MOUNT_OPTIONS) {
		take_str(&m->options, f);
	} else if (m != NULL && f->tag == FIELD_MOUNT_FLAGS) {
		m->read_only = (wire_field_u64(f) & MOUNT_READ_ONLY) != 0;
		m->populate = (wire_field_u64(f) & MOUNT_POPULATE) != 0;
	}
}

/* A name of a fixed length's place; what is too long for it is no name. */
static void take_name(char *to, size_t size, const struct wire_field *f)
{
	if (f->len < size) {
		memcpy(to, f->data, f->len);
		memset(to + f->len, 0, size - f->len);
	}
}

/* Takes a text into the place of its family. */
static void take_address(struct jail_endpoint *e, const struct wire_field *f)
{
	AUTO_FREE char *text = wire_field_str(f);
	struct subnet subnet;
	struct address a;
	struct error err;

	if (f->tag == FIELD_ENDPOINT_SUBNET) {
		if (subnet_parse(text, AF_UNSPEC, &subnet, &err) == 0)
			e->subnet[family_index(subnet.base.family)] = subnet;
	} else if (address_parse(text, AF_UNSPEC, &a, &err) == 0) {
		*(f->tag == FIELD_ENDPOINT_ADDRESS ? &e->address[family_index(a.family)]
						   : &e->gateway[family_index(a.family)]) = a;
	}
}

/* Takes the fields of endpoints, each of which begins with its id. */
static void take_endpoint(struct jail_config *jail, const struct wire_field *f)
{
	struct jail_endpoint *e =
		jail->nendpoints > 0 ? &jail->endpoints[jail->nendpoints - 1] : NULL;

	if (f->tag == FIELD_ENDPOINT_ID) {
		jail->endpoints = xrealloc(jail->endpoints, (jail->nendpoints + 1) * sizeof(*e));
		e = &jail->endpoints[jail->nendpoints++];
		*e = (struct jail_endpoint){0};
		take_name(e->id, sizeof(e->id), f);
	} else if (e == NULL) {
		return;
	} else if (f->tag == FIELD_ENDPOINT_INTERFACE) {
		take_name(e->interface, sizeof(e->interface), f);
	} else if (f->tag == FIELD_ENDPOINT_NETWORK) {
		take_name(e->network, sizeof(e->network), f);
	} else if (f->tag == FIELD_ENDPOINT_TYPE) {
		e->type = (enum network_type)wire_field_u64(f);
	} else if (f->tag == FIELD_ENDPOINT_FLAGS) {
		e->internal = (wire_field_u64(f) & ENDPOINT_INTERNAL) != 0;
		e->icc = (wire_field_u64(f) & ENDPOINT_ICC) != 0;
	} else if (f->tag == FIELD_ENDPOINT_SUBNET || f->tag == FIELD_ENDPOINT_ADDRESS ||
		   f->tag == FIELD_ENDPOINT_GATEWAY) {
		take_address(e, f);
	}
}

static bool setup_complete(const struct wire_message *m, const struct warden_setup *s)
{
	for (size_t i = 0; i < s->jail.nmounts; i++)
		if (s->jail.mounts[i].destination == NULL)
			return false;
	return m->type == MSG_SETUP && m->nfds >= SETUP_FDS && s->jail.id != NULL &&
	       s->jail.hostname != NULL && s->jail.root.path != NULL;
}

static void take_fds(struct wire_message *m, struct warden_setup *s)
{
	struct handover *handover = &s->jail.handover;

	s->listener = take_fd(&m->fds[0]);
	s->logs[0] = take_fd(&m->fds[1]);
	s->logs[1] = take_fd(&m->fds[2]);
	s->status = take_fd(&m->fds[3]);
	s->lock = take_fd(&m->fds[SETUP_LOCK]);
	handover->nfds = m->nfds - SETUP_FDS;
	handover->fds = xcalloc(m->nfds, sizeof(int));
	for (size_t i = SETUP_FDS; i < m->nfds; i++)
		handover->fds[i - SETUP_FDS] = take_fd(&m->fds[i]);
}

static void take_setup_field(struct warden_setup *s, const struct wire_field *f)
{
	struct rootfs *root = &s->jail.root;

	switch (f->tag) {
	case FIELD_ID:
		take_str(&s->jail.id, f);
		break;
	case FIELD_HOSTNAME:
		take_str(&s->jail.hostname, f);
		break;
	case FIELD_ROOT_PATH:
		take_str(&root->path, f);
		break;
	case FIELD_ROOT_LOWER:
		take_str(&root->lower, f);
		break;
	case FIELD_ROOT_BASE:
		take_str(&root->base, f);
		break;
	case FIELD_ROOT_UNSYNCED:
		root->unsynced = wire_field_u64(f) != 0;
		break;
	case FIELD_ROOT_READ_ONLY:
		s->jail.confinement.read_only = wire_field_u64(f) != 0;
		break;
	case FIELD_SHM_SIZE:
		s->jail.confinement.shm_size = wire_field_u64(f);
		break;
	case FIELD_SYSCTL:
		strings_take(&s->jail.confinement.sysctls, wire_field_str(f));
		break;
	case FIELD_DEVFS:
		s->jail.devfs = wire_field_u64(f) != 0;
		break;
	case FIELD_DRIVER:
		s->jail.driver = (enum network_driver)wire_field_u64(f);
		break;
	case FIELD_PARAM:
		strings_take(&s->jail.params, wire_field_str(f));
		break;
	case FIELD_HANDOVER:
		buffer_add(&s->jail.handover.bytes, f->data, f->len);
		break;
	case FIELD_LOG_SIZE:
		s->log_size = wire_field_u64(f);
		break;
	default: /* a field of neither is passed over */
		take_mount(&s->jail, f);
		take_endpoint(&s->jail, f);
	}
}

int protocol_get_setup(struct wire_message *m, struct warden_setup *s, struct error *err)
{
	struct wire_field f;

	*s = (struct warden_setup){.listener = -1, .logs = {-1, -1}, .status = -1, .lock = -1};
	while (wire_next(m, &f))
		take_setup_field(s, &f);
	if (!setup_complete(m, s))
		return error_set(err, ERROR_SYSTEM, "incomplete setup message");
	take_fds(m, s);
	return 0;
}

void protocol_put_start(struct wire *w, const struct process_spec *p)
{
	wire_begin(w, MSG_START);
	wire_str(w, FIELD_ID, p->id);
	wire_strings(w, FIELD_ARG, &p->argv);
	wire_strings(w, FIELD_ENV, &p->env);
	wire_strings(w, FIELD_GROUP, &p->groups);
	wire_strings(w, FIELD_ULIMIT, &p->ulimits);
	wire_str(w, FIELD_DIRECTORY, p->directory);
	wire_str(w, FIELD_USER, p->user);
	wire_str(w, FIELD_REQUIRE, p->require);
	wire_u64(w, FIELD_CLEAN, p->clean);
	wire_u64(w, FIELD_TTY, p->tty);
	wire_u64(w, FIELD_DETACHED, p->detached);
	wire_u64(w, FIELD_INTERNAL, p->internal);
	wire_u64(w, FIELD_HOLD, p->hold);
	wire_u64(w, FIELD_ROWS, p->rows);
	wire_u64(w, FIELD_COLS, p->cols);
}

int protocol_get_start(struct wire_message *m, struct process_spec *p, struct error *err)
{
	struct wire_field f;

	*p = (struct process_spec){0};
	while (wire_next(m, &f)) {
		switch (f.tag) {
		case FIELD_ID:
			take_str(&p->id, &f);
			break;
		case FIELD_ARG:
			strings_take(&p->argv, wire_field_str(&f));
			break;
		case FIELD_ENV:
			strings_take(&p->env, wire_field_str(&f));
			break;
		case FIELD_GROUP:
			strings_take(&p->groups, wire_field_str(&f));
			break;
		case FIELD_ULIMIT:
			strings_take(&p->ulimits, wire_field_str(&f));
			break;
		case FIELD_DIRECTORY:
			take_str(&p->directory, &f);
			break;
		case FIELD_USER:
			take_str(&p->user, &f);
			break;
		case FIELD_REQUIRE:
			take_str(&p->require, &f);
			break;
		case FIELD_CLEAN:
			p->clean = wire_field_u64(&f) != 0;
			break;
		case FIELD_TTY:
			p->tty = wire_field_u64(&f) != 0;
			break;
		case FIELD_DETACHED:
			p->detached = wire_field_u64(&f) != 0;
			break;
		case FIELD_INTERNAL:
			p->internal = wire_field_u64(&f) != 0;
			break;
		case FIELD_HOLD:
			p->hold = wire_field_u64(&f) != 0;
			break;
		case FIELD_ROWS:
			p->rows = (unsigned short)wire_field_u64(&f);
			break;
		case FIELD_COLS:
			p->cols = (unsigned short)wire_field_u64(&f);
			break;
		}
	}
	if (p->id == NULL || p->argv.n == 0) {
		process_spec_free(p);
		return error_set(err, ERROR_SYSTEM, "incomplete start message");
	}
	return 0;
}

void process_spec_free(struct process_spec *p)
{
	free(p->id);
	free(p->directory);
	free(p->user);
	free(p->require);
	strings_free(&p->argv);
	strings_free(&p->env);
	strings_free(&p->groups);
	strings_free(&p->ulimits);
	*p = (struct process_spec){0};
}

void protocol_put_watch(struct wire *w)
{
	wire_begin(w, MSG_WATCH);
	wire_u64(w, FIELD_VERSION, PROTOCOL_VERSION);
}

unsigned int protocol_version(uint64_t said)
{
	return said == 0 || said > UINT32_MAX ? 1 : (unsigned int)said;
}

void protocol_put_failed(struct wire *w, const struct error *err)
{
	wire_begin(w, MSG_FAILED);
	wire_u64(w, FIELD_KIND, err->kind);
	wire_u64(w, FIELD_CODE, err->kind == ERROR_EXEC ? (uint64_t)err->code : 0);
	wire_str(w, FIELD_TEXT, err->message);
}

int protocol_get_failed(struct wire_message *m, struct error *err)
{
	struct wire_field f;
	AUTO_FREE char *text = NULL;
	uint64_t kind = ERROR_SYSTEM;
	int code = 0;

	while (wire_next(m, &f)) {
		if (f.tag == FIELD_KIND)
			kind = wire_field_u64(&f);
		else if (f.tag == FIELD_CODE)
			code = (int)wire_field_u64(&f);
		else if (f.tag == FIELD_TEXT)
			take_str(&text, &f);
	}
	if (kind == ERROR_NONE || kind > ERROR_SYSTEM)
		kind = ERROR_SYSTEM;
	error_set(err, (enum error_kind)kind, "%s", text ? text : "the warden failed");
	err->code = code;
	return -1;
}

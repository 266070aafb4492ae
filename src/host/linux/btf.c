/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/linux/btf.h"

#include <linux/btf.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* The description's two parts, checked to lie within it. */
struct btf {
	const char *types, *strings;
	size_t types_len, strings_len;
};

static bool open_btf(struct btf *b, const void *data, size_t len)
{
	struct btf_header h;
	const char *bytes = data;

	if (len < sizeof(h))
		return false;
	memcpy(&h, data, sizeof(h));
	if (h.magic != BTF_MAGIC || h.hdr_len > len)
		return false;
	len -= h.hdr_len;
	if (h.type_off > len || h.type_len > len - h.type_off || h.str_off > len ||
		h.str_len > len - h.str_off || h.str_len == 0)
		return false;
	*b = (struct btf){bytes + h.hdr_len + h.type_off, bytes + h.hdr_len + h.str_off, h.type_len,
		h.str_len};
	return b->strings[b->strings_len - 1] == '\0';
}

static bool is_name(const struct btf *b, uint32_t offset, const char *name)
{
	return offset < b->strings_len && strcmp(b->strings + offset, name) == 0;
}

/* How many bytes follow a type, bpf's documentation of BTF; -1: there is no such kind. */
static long tail_of(const struct btf_type *t)
{
	size_t n = BTF_INFO_VLEN(t->info);

	switch (BTF_INFO_KIND(t->info)) {
	case BTF_KIND_INT:
	case BTF_KIND_VAR:
	case BTF_KIND_DECL_TAG:
		return sizeof(uint32_t);
	case BTF_KIND_ARRAY:
		return sizeof(struct btf_array);
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		return (long)(n * sizeof(struct btf_member));
	case BTF_KIND_ENUM:
		return (long)(n * sizeof(struct btf_enum));
	case BTF_KIND_ENUM64:
		return (long)(n * sizeof(struct btf_enum64));
	case BTF_KIND_FUNC_PROTO:
		return (long)(n * sizeof(struct btf_param));
	case BTF_KIND_DATASEC:
		return (long)(n * sizeof(struct btf_var_secinfo));
	case BTF_KIND_PTR:
	case BTF_KIND_FWD:
	case BTF_KIND_TYPEDEF:
	case BTF_KIND_VOLATILE:
	case BTF_KIND_CONST:
	case BTF_KIND_RESTRICT:
	case BTF_KIND_FUNC:
	case BTF_KIND_FLOAT:
	case BTF_KIND_TYPE_TAG:
		return 0;
	default:
		return -1;
	}
}

static long find_member(
	const struct btf *b, const struct btf_type *t, const char *members, const char *name)
{
	for (size_t i = 0; i < BTF_INFO_VLEN(t->info); i++) {
		struct btf_member m;

		memcpy(&m, members + i * sizeof(m), sizeof(m));
		if (is_name(b, m.name_off, name))
			return (long)(BTF_MEMBER_BIT_OFFSET(m.offset) / 8);
	}
	return -1;
}

long btf_offset(const void *data, size_t len, const char *structure, const char *member)
{
	struct btf b;
	struct btf_type t;
	long tail;

	if (!open_btf(&b, data, len))
		return -1;
	for (size_t at = 0; b.types_len - at >= sizeof(t); at += sizeof(t) + (size_t)tail) {
		memcpy(&t, b.types + at, sizeof(t));
		tail = tail_of(&t);
		if (tail < 0 || (size_t)tail > b.types_len - at - sizeof(t))
			return -1;
		if (BTF_INFO_KIND(t.info) == BTF_KIND_STRUCT && is_name(&b, t.name_off, structure))
			return find_member(&b, &t, b.types + at + sizeof(t), member);
	}
	return -1;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* The sets and maps of our nftables tables, and what of a model is in them. */
#ifndef FIREWALL_NFT_SETS_H
#define FIREWALL_NFT_SETS_H

#include "firewall/firewall.h"

/* What a message of neighbour discovery is about, RFC 4861: nft(8) has no word for it. */
#define ND_TARGET "@th,64,128"

/* Sets that there are of each family are in pairs: add the index of the family. */
enum nft_set {
	SET_INTERFACE, /* where packets of containers come from */
	SET_BRIDGED, /* from and to the same bridge whose containers reach each other */
	SET_ISOLATED, /* ports of bridges whose containers do not */
	SET_PORT, /* ports of bridges with containers behind them */
	SET_STATION, /* port and hardware address of each */
	SET_TARGET, /* port and addresses of IPv6 that it may say are its own */
	SET_ENDPOINT, /* interface and address of each container */
	SET_SENDER = SET_ENDPOINT + FAMILIES, /* port of a bridge, and addresses it sends from */
	SET_ROUTED = SET_SENDER + FAMILIES, /* containers' addresses that come from them alone */
	SET_CONTAINER = SET_ROUTED + FAMILIES, /* address of each container */
	SET_INTERNAL = SET_CONTAINER + FAMILIES, /* those in internal networks */
	SET_NETWORK = SET_INTERNAL + FAMILIES, /* subnets that are ours alone */
	SET_ICC = SET_NETWORK + FAMILIES, /* from and to subnets whose containers may talk */
	SET_GATEWAY = SET_ICC + FAMILIES, /* addresses of ours on networks */
	SET_OWN_GATEWAY = SET_GATEWAY + FAMILIES, /* from a subnet to its gateway */
	SET_NAT =
		SET_OWN_GATEWAY + FAMILIES, /* container's address and interface it hides behind */
	SET_HAIRPIN = SET_NAT + FAMILIES, /* subnets where replies would not come through us */
	SET_SELF = SET_HAIRPIN + FAMILIES, /* a container to itself, where that is not in those */
	MAP_PUBLISH = SET_SELF + FAMILIES, /* host's address and port to container's */
	MAP_RANGE = MAP_PUBLISH + FAMILIES, /* ranges of ports that keep their numbers */
	NFT_SETS = MAP_RANGE + FAMILIES,
};

struct nft_set_type {
	const char *name;
	const char
		*type; /* as a declaration has it; "$" stands for the family's type of addresses */
	bool map, bridge; /* bridge: it is in the table of that family */
};

/* By enum nft_set; of pairs the first counts, whose name gets 4 or 6 behind. */
extern const struct nft_set_type nft_set_types[NFT_SETS];

/* The elements of each set, "KEY" or "KEY : VALUE", sorted, each once. */
struct nft_elements {
	struct strings set[NFT_SETS];
};

void nft_elements_collect(const struct firewall *fw, struct nft_elements *elements);
void nft_elements_free(struct nft_elements *elements);

#endif

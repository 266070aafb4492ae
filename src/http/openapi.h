/* SPDX-License-Identifier: BSD-2-Clause */
/* GET /openapi.json: the description of an interface, made from its tables. */
#ifndef HTTP_OPENAPI_H
#define HTTP_OPENAPI_H

#include "http/api.h"

/* Answers with the OpenAPI 3.0 document of the interface. */
int openapi_answer(const struct api *api, struct response *res, struct error *err);

#endif

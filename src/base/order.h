/* order.h: numbers in ascending order, for qsort and bsearch. */
#ifndef BASE_ORDER_H
#define BASE_ORDER_H

#include "base/base.h"

int order_i64(const void *a, const void *b);
int order_u32(const void *a, const void *b);

#endif

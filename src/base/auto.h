/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Cleanup by attribute: what a variable owns goes when its scope ends. */
#ifndef BASE_AUTO_H
#define BASE_AUTO_H

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define AUTO(fn) __attribute__((cleanup(fn)))

/* Frees what a plain pointer owns; initialise it where it is declared. */
static inline void auto_freep(void *p)
{
	free(*(void **)p);
}
#define auto_free AUTO(auto_freep)

/* Closes a descriptor unless it is negative. */
static inline void auto_closep(const int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
}
#define auto_close AUTO(auto_closep)

static inline void auto_fclosep(FILE **f)
{
	if (*f)
		(void)fclose(*f);
}
#define auto_fclose AUTO(auto_fclosep)

/* Moves ownership out of a variable, visibly. */
#define take_ptr(p)                         \
	__extension__({                     \
		__typeof__(p) taken_ = (p); \
		(p) = NULL;                 \
		taken_;                     \
	})

static inline int take_fd(int *fd)
{
	int taken = *fd;

	*fd = -1;
	return taken;
}

/* Defines the cleanup function for a type whose free function takes a pointer to it. */
#define AUTO_DEFINE(name, type, free_fn)    \
	static inline void name##p(type *p) \
	{                                   \
		free_fn(p);                 \
	}

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

#endif

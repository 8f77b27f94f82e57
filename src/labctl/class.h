/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A class: a folder of the teacher's with class.json (the course, its secret, who is in it, which
 * assignment) and, for each student, students/NAME, which that student gets.
 */
#ifndef LABCTL_CLASS_H
#define LABCTL_CLASS_H

#include "course/draw.h"
#include "course/roster.h"
#include "labctl/labctl.h"

struct class
{
	char *dir, *course;
	char *assignment; /* the file, absolute */
	unsigned char secret[HMAC_LEN];
	struct roster roster;
};

/* ret is the caller's to free in any case. */
int class_open(const char *dir, struct class *ret, struct err *err);
/* Writes class.json, which only its owner may read. */
int class_save(const struct class *class, struct err *err);
void class_free(struct class *class);
AUTO_DEFINE(class_auto, struct class, class_free)
#define auto_class AUTO(class_autop)
/* class-grade.c */
int class_grade(struct labctl *l, const struct args *a);
/* The folder of a student; to be freed. */
char *class_student(const struct class *class, const char *student);
bool class_has(const struct class *class, const char *student);

#endif

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Names of files that every system takes, those of FAT, exFAT, NTFS and zip among them: printable
 * ASCII without blanks and without \ / : * ? " < > |, no dot at either end, no device of Windows
 * (a file aux.txt is the serial port there), NAME_LEN characters at most.
 */
#ifndef BASE_NAME_H
#define BASE_NAME_H

#define NAME_LEN 200

/* Why some system would not take the name, as the end of a sentence; NULL: every one does. */
const char *name_fault(const char *name);
/*
 * The path with parts that every system takes, to be freed. Characters become '_', a device gets
 * one in front. Names of small letters, digits and '-' with one ':' in between stay different from
 * each other, also where case is ignored.
 */
char *name_portable(const char *path);

#endif

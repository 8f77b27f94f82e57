/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A guest as libvirt domain XML. Pure. */
#ifndef HV_DOMAIN_XML_H
#define HV_DOMAIN_XML_H

#include "hv/hv.h"

/* The <domain> of guest (libvirt's formatdomain), appended to out. */
void domain_xml_guest(struct str *out, const struct hv_guest *guest);
/* The <interface> of one NIC, with its carrier. */
void domain_xml_nic(struct str *out, const struct hv_nic *nic, bool up);

#endif

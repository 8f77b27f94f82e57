/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Small topologies that the tests of plans share. */
#include "lib/plan-labs.h"

#include "lib/tests.h"
#include "role/role.h"

static const char routing[] =
	"<network name='one' prefix='10.0.0.0/8'/><network name='two' prefix='20.0.0.0/24'/>"
	"<node name='a'>"
	"<nic name='lan0' mac='02:00:00:00:00:01' address='10.1.0.1/24'/>"
	"<nic name='eth0' mac='02:00:00:00:00:02' address='10.0.0.1/30'/>"
	"<route to='10.9.0.0/16' via='10.1.0.2'/>"
	"<router><ospf nics='eth0' static='yes'/><bgp as='65001'><neighbor "
	"node='b'/></bgp></router>"
	"</node>"
	"<node name='b'>"
	"<nic name='eth0' mac='02:00:00:00:00:03' address='10.0.0.2/30'/>"
	"<nic name='eth1' mac='02:00:00:00:00:04' address='10.0.0.5/30'/>"
	"<router><ospf nics='eth0'/><bgp as='65001'><neighbor node='a'/><neighbor node='c-1'/>"
	"<originate network='one'/></bgp></router>"
	"</node>"
	"<node name='c-1' memory='96'>"
	"<nic name='eth0' mac='02:00:00:00:00:05' address='10.0.0.6/30'/>"
	"<nic name='eth1' mac='02:00:00:00:00:06' address='20.0.0.1/24'/>"
	"<router><bgp as='65002'><neighbor node='b'/><originate network='two'/></bgp></router>"
	"</node>"
	"<node name='h' dns='20.0.0.1'>"
	"<nic name='eth0' mac='02:00:00:00:00:07' address='10.1.0.2/24'/>"
	"<route to='0.0.0.0/0' via='10.1.0.1'/>"
	"<file path='/etc/motd' mode='0600'>hi\n</file>"
	"<file path='/blob' encoding='base64'>/wAB</file>"
	"<run>echo one\necho two</run><run>true</run>"
	"<check name='a is near'> ping -c 1 10.1.0.1 </check>"
	"</node>"
	"<link name='lan'><end node='a' nic='lan0'/><end node='h' nic='eth0'/></link>"
	"<link name='a-b' delay='60ms'><end node='a' nic='eth0'/><end node='b' nic='eth0'/></link>"
	"<link name='b-c'><end node='b' nic='eth1'/><end node='c-1' nic='eth0'/></link>";

/* Areas, costs, RIP and what goes from one into the other. */
static const char protocols[] =
	"<network name='n' prefix='10.0.0.0/8'/>"
	"<node name='border'>"
	"<nic name='eth0' address='10.0.0.1/30'/><nic name='eth1' address='10.0.0.5/30'/>"
	"<nic name='eth2' address='10.1.0.1/24'/><nic name='eth3' address='10.2.0.1/24'/>"
	"<route to='0.0.0.0/0' via='10.2.0.2'/><route to='10.7.0.0/16' type='blackhole'/>"
	"<router><ospf nics='eth0' passive='eth2' redistribute='static rip' default='yes'>"
	"<area id='1' nics='eth1' stub='total'/><cost nic='eth0' value='50'/></ospf>"
	"<rip nics='eth3' redistribute='ospf'><cost nic='eth3' value='2'/></rip>"
	"<bgp as='65001' redistribute='connected static'/></router>"
	"</node>"
	"<node name='inner'>"
	"<nic name='eth0' address='10.0.0.6/30'/><nic name='lan0' address='10.3.0.1/24'/>"
	"<router><ospf><area id='1' nics='eth0' stub='yes'/></ospf></router>"
	"</node>"
	"<node name='hop'>"
	"<nic name='eth0' address='10.2.0.2/24'/><nic name='lan0' address='10.4.0.1/24'/>"
	"<router><rip nics='eth0'/></router>"
	"</node>"
	"<node name='back'>"
	"<nic name='eth0' address='10.0.0.2/30'/><nic name='eth1' address='10.0.0.9/30'/>"
	"<nic name='lan0' address='10.5.0.1/24'/>"
	"<router ecmp='yes'><ospf nics='eth0 eth1' redistribute='connected'/></router>"
	"</node>"
	"<node name='end'>"
	"<nic name='eth0' address='10.4.0.2/24'/><nic name='eth1'/>"
	"<route to='10.0.0.0/8' via='10.4.0.1'/><route to='10.3.0.0/16' type='prohibit'/>"
	"<router/>"
	"</node>"
	"<link name='b-h'><end node='border' nic='eth3'/><end node='hop' nic='eth0'/></link>"
	"<link name='b-i'><end node='border' nic='eth1'/><end node='inner' nic='eth0'/></link>"
	"<link name='b-b'><end node='border' nic='eth0'/><end node='back' nic='eth0'/></link>"
	"<link name='h-e'><end node='hop' nic='lan0'/><end node='end' nic='eth0'/></link>";

static const char services[] =
	"<network name='n' prefix='10.0.0.0/24'/>"
	"<node name='ap'>"
	"<nic name='eth0' mac='02:00:00:00:00:01'/><nic name='wlan0' mac='02:00:00:00:00:02'/>"
	"<bridge name='br0' mac='02:00:00:00:00:02' address='10.0.0.1/24' ports='eth0 wlan0'/>"
	"<access-point nic='wlan0'/>"
	"<dhcp-server on='br0' first='10.0.0.100' last='10.0.0.200' router='10.0.0.1' "
	"dns='10.0.0.2'/>"
	"</node>"
	"<node name='dns'>"
	"<nic name='eth0' mac='02:00:00:00:00:03' address='10.0.0.2/24'/>"
	"<resolver><block name='bad.example.org' answer='10.0.0.5'/></resolver>"
	"</node>"
	"<node name='root'>"
	"<nic name='eth0' mac='02:00:00:00:00:04' address='10.0.0.3/24'/>"
	"<name-server><zone name='.' ns='a.root.' ttl='3600'/></name-server>"
	"<traffic-server/>"
	"</node>"
	"<node name='org'>"
	"<nic name='eth0' mac='02:00:00:00:00:05' address='10.0.0.4/24'/>"
	"<name-server>"
	"<zone name='example.org.' ns='ns.example.org.' ttl='600'>"
	"<record name='www' type='CNAME' data='web'/>"
	"<record name='web' type='A' data='10.0.0.5' ttl='30'/>"
	"<record name='@' type='TXT' data='&quot;a text&quot;'/>"
	"</zone>"
	"<zone name='sub.example.org.' ns='ns.elsewhere.net.' ttl='600'/>"
	"</name-server>"
	"</node>"
	"<node name='web'>"
	"<description>a &lt;b>web&lt;/b>\n   server</description>"
	"<nic name='eth0' mac='02:00:00:00:00:06' address='10.0.0.5/24'/>"
	"<web-server host='www.example.org'/>"
	"<traffic-server port='8080'/>"
	"</node>"
	"<node name='laptop'><nic name='wlan0' mac='02:00:00:00:00:07'/><client "
	"nic='wlan0'/></node>"
	"<link name='wire'><end node='ap' nic='eth0'/><end node='web' nic='eth0'/></link>"
	"<link name='air' kind='wifi' ssid='s p' passphrase='secret word' channel='6'>"
	"<end node='laptop' nic='wlan0'/><end node='ap' nic='wlan0' channel='3'/>"
	"<path from='laptop' to='ap' signal='-70' loss='1%'/>"
	"</link>";

static const char switching[] =
	"<network name='n' prefix='10.0.0.0/8'/>"
	"<node name='r1'>"
	"<nic name='eth0' mac='02:00:00:00:00:01' address='10.0.0.1/24 10.0.1.1/24'/>"
	"<nic name='eth1' mac='02:00:00:00:00:02' address='10.0.2.1/24'/>"
	"<loopback address='10.255.0.1/32'/>"
	"<router><ospf nics='eth0'/><bgp as='65001'><neighbor node='r3'/></bgp></router>"
	"</node>"
	"<node name='r2'>"
	"<nic name='eth0' mac='02:00:00:00:00:03' address='10.0.1.2/24'/>"
	"<nic name='eth1' mac='02:00:00:00:00:04' address='10.0.3.1/24'/>"
	"<loopback address='10.255.0.2/32 10.255.0.4/32'/>"
	"<router><ospf nics='eth0 eth1'/></router>"
	"</node>"
	"<node name='r3'>"
	"<nic name='eth0' mac='02:00:00:00:00:05' address='10.0.3.2/24'/>"
	"<nic name='eth1' mac='02:00:00:00:00:06'/>"
	"<loopback address='10.255.0.3/32'/>"
	"<router><ospf nics='eth0'/><bgp as='65001'><neighbor node='r1'/></bgp></router>"
	"</node>"
	"<node name='sw'>"
	"<nic name='eth0' mac='02:00:00:00:00:07'/><nic name='eth1' mac='02:00:00:00:00:08'/>"
	"<nic name='eth2' mac='02:00:00:00:00:09'/>"
	"<bridge name='br0' ports='eth2' address='10.8.0.1/24'>"
	"<port nic='eth0' vlan='10'/><port nic='eth1' trunk='10 20 30' native='30'/></bridge>"
	"<vlan name='v20' on='br0' id='20' address='10.7.0.1/24'/>"
	"</node>"
	"<node name='arm'>"
	"<nic name='eth0' mac='02:00:00:00:00:0a'/>"
	"<vlan name='v10' on='eth0' id='10' address='10.6.0.1/24'/>"
	"<vlan name='v20' on='eth0' id='20' address='10.7.0.2/24'/>"
	"<router><ospf nics='v10'/></router>"
	"<dhcp-server on='v10' first='10.6.0.10' last='10.6.0.20'/>"
	"</node>"
	"<node name='tree'>"
	"<nic name='eth0' mac='02:00:00:00:00:0c'/><nic name='eth1' mac='02:00:00:00:00:0d'/>"
	"<bridge name='br0' ports='eth0 eth1' stp='yes' priority='4096'>"
	"<port nic='eth1' cost='50' priority='16'/></bridge>"
	"</node>"
	"<link name='ring'><end node='tree' nic='eth0'/><end node='tree' nic='eth1'/></link>"
	"<node name='far'><nic name='eth0' mac='02:00:00:00:00:0b' address='10.7.0.2/24'/></node>"
	"<link name='trunk'><end node='sw' nic='eth1'/><end node='arm' nic='eth0'/></link>"
	"<link name='r1-r2'><end node='r1' nic='eth0'/><end node='r2' nic='eth0'/></link>"
	"<link name='r2-r3'><end node='r2' nic='eth1'/><end node='r3' nic='eth0'/></link>";

static const char air[] =
	"<network name='any' prefix='10.0.0.0/8'/>"
	"<node name='ap'><nic name='wlan0'/><access-point nic='wlan0'/></node>"
	"<node name='cafe'><nic name='wlan0'/><access-point nic='wlan0'/></node>"
	"<node name='office'><nic name='wlan0'/><access-point nic='wlan0'/></node>"
	"<node name='both'><nic name='wlan0'/><access-point nic='wlan0'/></node>"
	"<node name='laptop'><nic name='wlan0' address='10.0.0.2/24'/>"
	"<client nic='wlan0'/></node>"
	"<node name='phone'><nic name='wlan0' address='10.1.0.2/24'/>"
	"<client nic='wlan0'/></node>"
	"<node name='guest'><nic name='wlan0' address='10.2.0.2/24'/>"
	"<client nic='wlan0'/></node>"
	"<node name='old'><nic name='wlan0' address='10.3.0.2/24'/>"
	"<client nic='wlan0'/></node>"
	"<node name='sniffer'><nic name='wlan0' monitor='yes'/></node>"
	"<node name='twin'><nic name='wlan0'/><access-point nic='wlan0'/></node>"
	"<link name='air' kind='wifi' ssid='우리학교' security='wpa3' passphrase='12345678'>"
	"<end node='ap' nic='wlan0'/>"
	"<end node='cafe' nic='wlan0' ssid='cafe' security='open' channel='3'/>"
	"<end node='office' nic='wlan0' ssid='staff' security='enterprise' hidden='yes'/>"
	"<end node='both' nic='wlan0' ssid='both' security='wpa2-wpa3' passphrase='87654321'/>"
	"<end node='laptop' nic='wlan0'/>"
	"<end node='phone' nic='wlan0' ssid='staff' identity='kim' password='secret7'/>"
	"<end node='guest' nic='wlan0' ssid='cafe'/>"
	"<end node='old' nic='wlan0' ssid='both' security='wpa2'/>"
	"<end node='sniffer' nic='wlan0' channel='3'/>"
	"<end node='twin' nic='wlan0' ssid='우리학교' security='open'/>"
	"</link>";

void make_air(struct topo *ret)
{
	make_lab(air, ret);
}

static const char edge[] =
	"<network name='home' prefix='192.168.0.0/16'/><network name='isp' "
	"prefix='203.0.113.0/24'/>"
	"<node name='web'><nic name='eth0' address='192.168.0.10/24'/>"
	"<web-server host='www.example.org'/></node>"
	"<node name='pc'><nic name='eth0' address='192.168.0.11/24'/>"
	"<route to='0.0.0.0/0' via='192.168.0.1'/><client nic='eth0'/></node>"
	"<node name='switch'><nic name='eth0'/><nic name='eth1'/><nic name='eth2'/>"
	"<bridge name='br0' ports='eth0 eth1 eth2'/></node>"
	"<node name='box'><nic name='eth0' address='192.168.0.1/24'/>"
	"<nic name='eth1' address='203.0.113.2/24'/><router/>"
	"<nat on='eth1'><forward port='8443' to='192.168.0.10' to-port='443'/></nat>"
	"<filter forward='drop'>"
	"<rule chain='forward' state='established related' action='accept' name='known'/>"
	"<rule chain='forward' in='eth0' from='192.168.0.0/24' action='accept'/>"
	"<rule chain='forward' to='192.168.0.10' proto='tcp' port='443-444' action='accept'/>"
	"<rule chain='input' proto='icmp' action='reject'/>"
	"</filter></node>"
	"<node name='fixed'><nic name='eth0' address='192.168.1.1/24'/>"
	"<nic name='eth1' address='203.0.113.3/24'/><router/>"
	"<nat on='eth1' address='203.0.113.3'>"
	"<forward proto='udp' port='53' to='192.168.1.10'/></nat></node>"
	"<node name='hidden'><nic name='eth0' address='192.168.1.10/24'/>"
	"<web-server host='hidden.example.org'/></node>"
	"<node name='out'><nic name='eth0' address='203.0.113.10/24'/><client nic='eth0'/>"
	"<filter><ruleset>table inet own { }\n</ruleset></filter></node>"
	"<link name='l1'><end node='web' nic='eth0'/><end node='switch' nic='eth0'/></link>"
	"<link name='l2'><end node='pc' nic='eth0'/><end node='switch' nic='eth1'/></link>"
	"<link name='l3'><end node='box' nic='eth0'/><end node='switch' nic='eth2'/></link>"
	"<link name='l4'><end node='box' nic='eth1'/><end node='out' nic='eth0'/></link>"
	"<link name='l5'><end node='fixed' nic='eth0'/><end node='hidden' nic='eth0'/></link>";

static const char dual[] =
	"<network name='four' prefix='10.0.0.0/16'/><network name='six' prefix='2001:db8::/32'/>"
	"<node name='h'>"
	"<nic name='eth0' mac='02:00:00:00:00:01' slaac='yes'/>"
	"<client nic='eth0'/>"
	"</node>"
	"<node name='r'>"
	"<nic name='eth0' mac='02:00:00:00:00:02' address='10.0.1.1/24 2001:db8:1::1/64'/>"
	"<nic name='eth1' mac='02:00:00:00:00:03' address='2001:db8:2::1/64 10.0.2.1/24'/>"
	"<nic name='eth2' mac='02:00:00:00:00:04' address='10.0.3.1/24'/>"
	"<route to='2001:db8:9::/48' via='2001:db8:2::2'/>"
	"<route to='::/0' via='2001:db8:2::2'/>"
	"<router/>"
	"<router-advertisement on='eth0' dns='2001:db8:2::2'/>"
	"</node>"
	"<node name='w' dns='2001:db8:2::2'>"
	"<nic name='eth0' mac='02:00:00:00:00:05' address='10.0.2.2/24 2001:db8:2::2/64'/>"
	"<web-server host='www.example.org'/>"
	"<name-server><zone name='.' ns='ns.root'/><zone name='example.org' ns='ns.example.org'/>"
	"<zone name='8.b.d.0.1.0.0.2.ip6.arpa' ns='ns.example.org' reverse='yes'/></name-server>"
	"</node>"
	"<node name='n'>"
	"<nic name='eth0' mac='02:00:00:00:00:07' address='2001:db8:2::3/64'/>"
	"<resolver/>"
	"</node>"
	"<node name='f'>"
	"<nic name='eth0' mac='02:00:00:00:00:06' address='10.0.3.2/24'/>"
	"<client nic='eth0'/>"
	"</node>"
	"<link name='h-r'><end node='h' nic='eth0'/><end node='r' nic='eth0'/></link>"
	"<link name='r-w'><end node='r' nic='eth1'/><end node='w' nic='eth0'/></link>"
	"<link name='r-f'><end node='r' nic='eth2'/><end node='f' nic='eth0'/></link>";

static const char routing_ipv6[] =
	"<network name='four' prefix='10.0.0.0/16'/><network name='six' prefix='2001:db8::/32'/>"
	"<network name='far' prefix='2001:db8:f::/48'/>"
	"<node name='r1'>"
	"<nic name='eth0' mac='02:00:00:00:00:01' address='10.0.0.1/30 2001:db8:1::1/64'/>"
	"<nic name='eth1' mac='02:00:00:00:00:02'/>"
	"<loopback address='2001:db8:ff::1/128'/>"
	"<router><ospf nics='eth0' redistribute='static bgp' default='yes'/>"
	"<bgp as='65001'><neighbor node='r2'/></bgp></router>"
	"</node>"
	"<node name='r2'>"
	"<nic name='eth0' mac='02:00:00:00:00:03' address='10.0.0.2/30 2001:db8:1::2/64'/>"
	"<nic name='eth1' mac='02:00:00:00:00:04' address='2001:db8:2::1/127'/>"
	"<router><ospf nics='eth0 eth1'/>"
	"<bgp as='65001'><neighbor node='r1'/><neighbor node='r3'><import else='deny'>"
	"<accept prefix='192.0.2.0/24'/><accept prefix='2001:db8:f::/48' ge='48'/></import>"
	"</neighbor></bgp></router>"
	"</node>"
	"<node name='r3'>"
	"<nic name='eth0' mac='02:00:00:00:00:05' address='2001:db8:2::/127'/>"
	"<nic name='eth1' mac='02:00:00:00:00:06' address='2001:db8:f::1/64'/>"
	"<route to='2001:db8:f:9::/64' type='blackhole'/>"
	"<router><ospf nics='eth0'/><bgp as='65002'><neighbor node='r2'/>"
	"<originate network='far'/></bgp></router>"
	"</node>"
	"<link name='a'><end node='r1' nic='eth0'/><end node='r2' nic='eth0'/></link>"
	"<link name='b'><end node='r2' nic='eth1'/><end node='r3' nic='eth0'/></link>";

void make_routing_ipv6(struct topo *ret)
{
	make_lab(routing_ipv6, ret);
}
/* Server s has a pool of its own LAN and one that r relays; t is a second server on r's other LAN.
 */
static const char dhcp[] =
	"<network name='one' prefix='192.0.2.0/24'/><network name='two' prefix='198.51.100.0/24'/>"
	"<network name='three' prefix='203.0.113.0/24'/>"
	"<node name='s'><nic name='eth0' address='198.51.100.5/24'/>"
	"<route to='192.0.2.0/24' via='198.51.100.1'/>"
	"<dhcp-server on='eth0' first='198.51.100.100' last='198.51.100.110'/>"
	"<dhcp-server on='eth0' subnet='192.0.2.0/24' first='192.0.2.100' last='192.0.2.199' "
	"router='192.0.2.1'>"
	"<reservation node='pc' nic='eth0' address='192.0.2.50' name='desk'/>"
	"<option code='42' value='198.51.100.5 198.51.100.1'/>"
	"<option name='domain-name' value='example.net'/><option code='224' value='two words'/>"
	"</dhcp-server></node>"
	"<node name='r'><nic name='eth0' address='192.0.2.1/24'/>"
	"<nic name='eth1' address='198.51.100.1/24'/><nic name='eth2' address='203.0.113.1/24'/>"
	"<router/><dhcp-relay on='eth0' to='198.51.100.5'/>"
	"<dhcp-server on='eth2' first='203.0.113.10' last='203.0.113.19'/></node>"
	"<node name='t'><nic name='eth0' address='203.0.113.2/24'/><nic name='eth1' dhcp='yes'/>"
	"<dhcp-server on='eth0' first='203.0.113.15' last='203.0.113.29'/></node>"
	"<node name='pc'><nic name='eth0' mac='02:00:00:00:00:0c'/><nic name='eth1' dhcp='yes'/>"
	"<client nic='eth0'/></node>"
	"<node name='q'><nic name='eth0' address='203.0.113.65/28'/>"
	"<nic name='eth1' address='203.0.113.81/28'/>"
	"<dhcp-server on='eth0' first='203.0.113.70' last='203.0.113.75'/>"
	"<dhcp-server on='eth1' first='203.0.113.90' last='203.0.113.94'/></node>"
	"<link name='l4'><end node='q' nic='eth0'/><end node='t' nic='eth1'/></link>"
	"<link name='l5'><end node='q' nic='eth1'/><end node='pc' nic='eth1'/></link>"
	"<link name='l1'><end node='r' nic='eth0'/><end node='pc' nic='eth0'/></link>"
	"<link name='l2'><end node='r' nic='eth1'/><end node='s' nic='eth0'/></link>"
	"<link name='l3'><end node='r' nic='eth2'/><end node='t' nic='eth0'/></link>";

void make_lab(const char *inside, struct topo *ret)
{
	auto_free char *schemas = source_path("topologies");
	auto_free char *text = xasprintf("<lab name='test'>%s</lab>", inside);
	auto_problems struct topo_problems problems = { 0 };
	struct err err = ERR_INIT;

	if (topo_load_text(text, strlen(text), "lab", schemas, role_all, ret, &problems, &err) < 0)
		fail_msg("%s", err.msg);
}

void make_routing(struct topo *ret)
{
	make_lab(routing, ret);
}

void make_protocols(struct topo *ret)
{
	make_lab(protocols, ret);
}

void make_services(struct topo *ret)
{
	make_lab(services, ret);
}

void make_switching(struct topo *ret)
{
	make_lab(switching, ret);
}

void make_dhcp(struct topo *ret)
{
	make_lab(dhcp, ret);
}

void make_edge(struct topo *ret)
{
	make_lab(edge, ret);
}

void make_dual(struct topo *ret)
{
	make_lab(dual, ret);
}

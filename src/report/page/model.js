// SPDX-License-Identifier: LGPL-2.1-or-later
// The story, indexed: nodes and links by name, each packet's hops in levels, and the steps to play.

const story = JSON.parse(document.getElementById("story").textContent);
const nodes = new Map(),
	links = new Map(),
	linkOfPort = new Map(),
	ownerOfMac = new Map();
const journeys = new Map(story.journeys.map(j => [j.id, j]));

for (const node of story.map.nodes) {
	nodes.set(node.name, node);
	for (const nic of [...(node.nics ?? []), ...(node.bridges ?? [])])
		if (nic.mac) ownerOfMac.set(nic.mac.toLowerCase(), node.name);
}
// Each link is a star around its hub: an access point in the air, either end of a wire.
for (const link of story.map.links) {
	const ends = [...new Set(link.ends.map(end => end.split(":")[0]))].filter(name =>
		nodes.has(name),
	);
	const hub = ends.find(name => nodes.get(name).does === "bridge") ?? ends[0];
	links.set(link.name, { ...link, hub: link.kind === "wifi" ? hub : ends[0], nodes: ends });
	for (const end of link.ends) linkOfPort.set(end, link.name);
}

function linkAt(place) {
	return place.startsWith("wifi:") ? place.slice(5) : linkOfPort.get(place);
}

// Pairs of nodes that a link joins.
function spokes(link) {
	return link.nodes.filter(name => name !== link.hub).map(name => [link.hub, name]);
}

function ownerName(mac) {
	if (!mac) return "";
	return mac.toLowerCase() === "ff:ff:ff:ff:ff:ff"
		? say("everybody")
		: (ownerOfMac.get(mac.toLowerCase()) ?? "");
}

/*
 * A packet that is flooded goes several ways at once: each hop gets a level, one more than the hop
 * that it comes from, so that hops of one level are shown together.
 */
function addLevels(journey) {
	const levelOf = (hop, limit) => {
		const before = journey.hops[hop.from];
		return before && limit ? levelOf(before, limit - 1) + 1 : 0;
	};
	for (const hop of journey.hops) {
		hop.level = levelOf(hop, journey.hops.length);
		hop.wifi = hop.at.startsWith("wifi:");
	}
	journey.what ??= "";
	journey.levels = Math.max(0, ...journey.hops.map(hop => hop.level)) + 1;
}

// The hop to look at in a level: one from which the packet goes on.
function mainHop(journey, level) {
	const these = journey.hops.filter(hop => hop.level === level);
	const goesOn = hop => journey.hops.some(next => journey.hops[next.from] === hop);
	const arrives = hop => hop.action === "delivered" || hop.action === "answered";
	let best = these.find(hop => leadsTo(journey, hop, arrives)) ?? these.find(goesOn);
	return best ?? these[0];
}

function leadsTo(journey, hop, wanted) {
	return (
		(wanted(hop) && hop.way === "in") ||
		journey.hops.some(next => journey.hops[next.from] === hop && leadsTo(journey, next, wanted))
	);
}

// The addresses that stay the same at every hop, and what they belong to; null: it has none.
function addressesOf(journey) {
	return journey.source && journey.kind !== "air"
		? {
				label: journey.kind === "arp" ? "ARP" : "IP",
				src: journey.source,
				dst: journey.destination,
			}
		: null;
}

// What it is, in words where there are some; Wireshark's own are for who asks.
const wordsOf = journey => tell(journey.words) || journey.what;

// Its TTL was used up, and that was what was wanted of it; or it was lost or dropped.
const usedUp = journey => journey.expected === true;
const didNotArrive = journey =>
	!usedUp(journey) && ["lost", "dropped", "changed-or-dropped"].includes(journey.outcome);

// The nodes that a packet meets, in order.
function pathOf(journey) {
	return [...new Set(journey.hops.map(hop => hop.node))];
}

story.journeys.forEach(addLevels);
// A run that was not judged has one phase all the same, with whatever packets there are.
if (!story.phases.length)
	story.phases.push({
		title: { en: "The packets", ko: "패킷" },
		verdict: "not-reached",
		journeys: story.journeys.map(j => j.id),
	});
story.phases.forEach((phase, p) => {
	phase.name ??= `phase-${p + 1}`;
});

// What goes on by itself, whatever the experiment does: told, but not played.
function isAside(journey) {
	return (
		!journey.proof &&
		(/^(OSPF|BGP|IGMP|NTP|ICMPv6|MDNS|802\.11)/.test(journey.protocol) ||
			/\b179\b.*\[/.test(journey.what))
	);
}

// Packets that say the same but for their numbers, one behind the other, are one line.
function fold(list) {
	const groups = [];
	const kind = j =>
		`${j.protocol} ${j.what.replace(/[0-9a-f]*\d[0-9a-fx.:]*/gi, "#")} ${pathOf(j)} ${j.outcome}`;
	for (const j of list) {
		const last = groups[groups.length - 1];
		if (last && last.kind === kind(j) && (isAside(j) || /beacon/i.test(j.what)))
			last.members.push(j);
		else groups.push({ kind: kind(j), members: [j] });
	}
	return groups.map(group => group.members);
}

/*
 * steps: what the player goes through. Each phase begins with a step without a packet, and ends
 * with those of what went on aside, over which the player passes; played are the others' indices.
 */
const steps = [],
	played = [],
	stepOfPhase = [],
	stepOfJourney = new Map();
story.phases.forEach((phase, p) => {
	const list = phase.journeys.map(id => journeys.get(id)).filter(j => j?.hops.length);
	const add = aside => members => {
		stepOfJourney.set(members[0].id, steps.length);
		for (let level = 0; level < members[0].levels; level++) {
			if (!aside) played.push(steps.length);
			steps.push({ phase: p, journey: members[0], level, aside });
		}
	};
	stepOfPhase.push(steps.length);
	played.push(steps.length);
	steps.push({ phase: p, journey: null, level: -1, aside: false });
	phase.groups = fold(list.filter(j => !isAside(j)));
	phase.aside = fold(list.filter(isAside));
	phase.groups.forEach(add(false));
	phase.aside.forEach(add(true));
});

// The step to go to from here, forwards or backwards.
function stepBeside(from, by) {
	let to = from + by;
	while (steps[to]?.aside && steps[to].journey !== steps[from].journey) to += by;
	return steps[to] ? to : from;
}

const zero = Math.min(...story.journeys.flatMap(j => j.hops.map(hop => hop.time_ns)), Infinity);

// Seconds since the first packet, to the microsecond.
function clock(ns) {
	return Number.isFinite(zero) && ns ? `+${((ns - zero) / 1e9).toFixed(6)} s` : "";
}

// Its number in all.pcapng, where that is known.
const hopAt = new Map(
	story.journeys.flatMap(j => j.hops.map(hop => [`${hop.at} ${hop.frame}`, hop])),
);
const numberInAll = (place, number) => hopAt.get(`${place} ${number}`)?.all ?? null;

function frameAt(place, number) {
	return story.frames?.at?.[place]?.[number] ?? null;
}

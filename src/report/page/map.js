// SPDX-License-Identifier: LGPL-2.1-or-later
// The map: nodes, links, the packet under way with its addresses beside it.

const SHAPES = {
	laptop: "M5 6h14v9H5zM2.5 18h19l-1.5-2.4H4z",
	antenna:
		"M11 11h2v8h3v1.5H8V19h3zM12 7.2a2 2 0 1 1 0 4 2 2 0 0 1 0-4zM7.7 5.5l1.1 1a4.4 4.4 0 0 0 0 5.4l-1.1 1a6 6 0 0 1 0-7.4zM16.3 5.5a6 6 0 0 1 0 7.4l-1.1-1a4.4 4.4 0 0 0 0-5.4z",
	bridge: "M3 7h18v10H3zm2.5 6v2h2v-2zm3.7 0v2h2v-2zm3.7 0v2h2v-2zm3.7 0v2h2v-2zM5 8.8v1.4h14V8.8z",
	router: "M12 3.5l3.2 3.7h-2.2v3.8h3.8V8.8l3.7 3.2-3.7 3.2V13H13v3.8h2.2L12 20.5l-3.2-3.7H11V13H7.2v2.2L3.5 12l3.7-3.2V11H11V7.2H8.8z",
	names: "M5 3.5h14v17H5zm2.5 3v1.6h9V6.5zm0 4v1.6h9v-1.6zm0 4v1.6h5.5v-1.6z",
	web: "M12 3.5a8.5 8.5 0 1 1 0 17 8.5 8.5 0 0 1 0-17zM8 8l1.3 8h1.2L12 11.400l1.5 4.600h1.200L16 8h-1.300l-.8 5-1.400-4.300h-1L10.100 13l-.8-5z",
	host: "M6 3.5h12v17H6zm2.200 2.500v2h7.600V6zm0 3.500v1.500h7.600V9.500zM12 15a1.500 1.500 0 1 0 0 3 1.500 1.500 0 0 0 0-3z",
};

let picture = null; // { root, across, spots: name to {x, y}, trail, heads, width, height }

// Left to right where there is room, top to bottom in a narrow window.
function drawMap() {
	const places = layOut(),
		room = at("map").clientWidth || 960;
	const depths = Math.max(0, ...[...places.values()].map(p => p.depth)) + 1;
	const rows = Math.max(0, ...[...places.values()].map(p => p.row)) + 1;
	const across = room >= depths * 84;
	const dx = Math.min(176, room / (across ? depths : rows)),
		dy = across ? 84 : 86,
		above = across && rows < 3 ? 84 : 0; // room for what stands beside the packet
	const width = across ? dx * depths : Math.max(dx * rows, Math.min(room, 360)),
		height = dy * (across ? rows : depths) + 26 + above;
	const spots = new Map();

	for (const [name, p] of places)
		spots.set(name, {
			x: dx * ((across ? p.depth : p.row) + 0.5),
			y: dy * ((across ? p.row : p.depth) + 0.5) + 8 + above,
		});
	picture = {
		across,
		roomy: dx >= 100,
		spots,
		width,
		height,
		trail: svg("g", { class: "trail" }),
		heads: svg("g", { class: "heads" }),
	};
	picture.root = svg(
		"svg",
		{
			viewBox: `0 0 ${width} ${height}`,
			role: "group",
			"aria-label": say("map"),
			style: `max-width:${Math.ceil(width)}px`,
		},
		[...links.values()].map(drawLink),
		picture.trail,
		story.map.nodes.map(drawNode),
		picture.heads,
	);
	at("map").replaceChildren(picture.root);
}

function drawLink(link) {
	return svg(
		"g",
		{ class: `link ${link.kind} ${link.state === "down" ? "down" : ""}` },
		spokes(link).map(([a, b]) => {
			const p = picture.spots.get(a),
				q = picture.spots.get(b);
			const label =
				link.state === "down"
					? `✗ ${say("down")}`
					: link.kind === "wifi"
						? say("wifi")
						: shapeText(link.shape);
			const x = (p.x + q.x) / 2,
				y = (p.y + q.y) / 2;
			const upright = Math.abs(p.x - q.x) < Math.abs(p.y - q.y);
			return [
				svg(
					"line",
					{ x1: p.x, y1: p.y, x2: q.x, y2: q.y },
					svg("title", {}, [link.name, link.shape].filter(Boolean).join(": ")),
				),
				label &&
					svg(
						"text",
						{
							x: upright ? x + 8 : x,
							y: upright ? y + 13 : y - 8,
							"text-anchor": upright ? "start" : "middle",
						},
						label,
					),
			];
		}),
	);
}

function shapeText(shape) {
	return (shape ?? "")
		.replace(/\bdelay=/, "")
		.replace(/=/g, " ")
		.replace(/(\d)([a-z]+)\b/g, "$1 $2");
}

function drawNode(node) {
	const p = picture.spots.get(node.name),
		open = () => openNode(node.name);
	return svg(
		"g",
		{
			class: "node",
			"data-node": node.name,
			tabindex: 0,
			role: "button",
			transform: `translate(${p.x} ${p.y})`,
			"aria-label": say("openNode", node.name),
			onclick: open,
			onkeydown: e => {
				if (e.key === "Enter") open();
			},
		},
		svg("title", {}, describe(node)),
		svg("rect", { x: -21, y: -21, width: 42, height: 42, rx: 10 }),
		svg("path", { d: SHAPES[node.sign] ?? SHAPES.host, transform: "translate(-15 -15) scale(1.25)" }),
		svg("text", { y: 36, "text-anchor": "middle" }, node.name),
		(picture.across || picture.roomy) && addressesOfNode(node).length === 1
			? svg(
					"text",
					{ y: 49, "text-anchor": "middle", class: "address" },
					addressesOfNode(node)[0].replace(/\/.*/, ""),
				)
			: null,
	);
}

const addressesOfNode = node =>
	[...(node.nics ?? []), ...(node.bridges ?? [])].flatMap(nic => nic.addresses ?? []);

function describe(node) {
	return [
		`${node.name}: ${tell(node.about) || sayOf("kindsOfNode", node.does)}`,
		...addressesOfNode(node),
	].join("\n");
}

// Where a hop is: at its node's edge, on the side of its link.
function spotOf(hop) {
	const here = picture.spots.get(hop.node),
		link = links.get(linkAt(hop.at));
	if (!here) return { x: 0, y: 0 };
	if (!link) return here;
	const other = hop.node === link.hub ? otherEnd(link, hop) : link.hub;
	const there = picture.spots.get(other) ?? here;
	const far = Math.hypot(there.x - here.x, there.y - here.y) || 1,
		reach = Math.min(27, far / 2);
	return {
		x: here.x + ((there.x - here.x) / far) * reach,
		y: here.y + ((there.y - here.y) / far) * reach,
	};
}

function otherEnd(link, hop) {
	const mac = hop.way === "out" ? hop.dst : hop.src,
		name = ownerName(mac);
	const ends = link.nodes.filter(n => n !== link.hub);
	return ends.includes(name) ? name : ends[0];
}

// From where a hop came to where it is, by way of the node that passed it on.
function wayTo(journey, hop) {
	const before = journey.hops[hop.from];
	if (!before) return [picture.spots.get(hop.node) ?? { x: 0, y: 0 }, spotOf(hop)];
	return before.node === hop.node
		? [spotOf(before), picture.spots.get(hop.node), spotOf(hop)]
		: [spotOf(before), spotOf(hop)];
}

function along(points, t) {
	const lengths = points.slice(1).map((p, i) => Math.hypot(p.x - points[i].x, p.y - points[i].y));
	let left = t * lengths.reduce((a, b) => a + b, 0);
	for (let i = 0; i < lengths.length; i++) {
		if (left <= lengths[i] && lengths[i])
			return {
				x: points[i].x + ((points[i + 1].x - points[i].x) * left) / lengths[i],
				y: points[i].y + ((points[i + 1].y - points[i].y) * left) / lengths[i],
			};
		left -= lengths[i];
	}
	return points[points.length - 1];
}

// The step at t (0 to 1) of its way: the trail behind the packet, and the packet in all its copies.
function showOnMap(step, t) {
	const journey = step.journey,
		touched = new Set();
	picture.trail.replaceChildren();
	picture.heads.replaceChildren();
	if (journey) {
		for (const hop of journey.hops.filter(h => h.level <= step.level)) {
			touched.add(hop.node);
			if (hop.level < step.level || t >= 1)
				picture.trail.append(
					svg("polyline", {
						points: wayTo(journey, hop)
							.map(p => `${p.x},${p.y}`)
							.join(" "),
					}),
				);
		}
		const main = mainHop(journey, step.level);
		for (const hop of journey.hops.filter(h => h.level === step.level && h !== main))
			picture.heads.append(drawPacket(along(wayTo(journey, hop), t)));
		picture.heads.append(drawPacket(along(wayTo(journey, main), t), main, journey));
		if (step.level === journey.levels - 1 && t >= 1) showEnd(journey);
	}
	for (const g of picture.root.querySelectorAll(".node"))
		g.classList.toggle("met", touched.has(g.dataset.node));
}

function drawPacket(p, hop, journey) {
	const packet = svg(
		"g",
		{ class: hop ? "packet main" : "packet", transform: `translate(${p.x} ${p.y})` },
		svg("rect", { x: -11, y: -8, width: 22, height: 16, rx: 3 }),
		svg("path", { d: "M-11-6 0 2 11-6" }),
	);
	return hop
		? [packet, drawTag(hop, journey)].reduce((g, part) => (g.append(part), g), svg("g", {}))
		: packet;
}

function showEnd(journey) {
	if (!didNotArrive(journey)) return;
	const where = placeOfLoss(journey),
		p = where && (picture.spots.get(where) ?? middle(links.get(where)));
	if (p)
		picture.heads.append(
			svg(
				"g",
				{ class: "lost", transform: `translate(${p.x} ${p.y})` },
				svg("path", { d: "M-12-12 12 12M12-12-12 12" }),
				svg(
					"text",
					{ y: picture.spots.has(where) ? -28 : 30, "text-anchor": "middle" },
					endOf(journey),
				),
			),
		);
}

const outcomeOf = journey =>
	journey.loop
		? say("wentRound", journey.loop.times)
		: sayOf("outcomes", usedUp(journey) ? "used-up" : journey.outcome);

// "delivered", or what became of it, and where.
function endOf(journey) {
	const how = outcomeOf(journey),
		where = placeOfLoss(journey);
	return where ? say("endedAt", how, where) : how;
}

function placeOfLoss(journey) {
	return journey.lost?.node ?? journey.lost?.link ?? null;
}

function middle(link) {
	if (!link || link.nodes.length < 2) return null;
	const [p, q] = link.nodes.map(name => picture.spots.get(name));
	return { x: (p.x + q.x) / 2, y: (p.y + q.y) / 2 };
}

// SPDX-License-Identifier: LGPL-2.1-or-later
// What stands beside the packet on the map, and where it hides nothing of the way.

// What stands beside the packet: the addresses that stay, and what routers and switches look at and
// change. Each row: a sign, a text, whose it is, whether it changed.
function tagRows(hop, journey) {
	const before = journey.hops[hop.from],
		ip = addressesOf(journey);
	const other = key => before && before[key] !== hop[key];
	const short = key => ownerName(hop[key]) || (hop[key] ?? "").slice(-8);
	const rows = picture.across
		? [
				[ip?.label, ip && `${ip.src} → ${ip.dst}`],
				["MAC →", hop.dst, ownerName(hop.dst), other("dst")],
				["MAC ←", hop.src, ownerName(hop.src), other("src")],
			]
		: [
				[ip?.label, ip?.src],
				["→", ip?.dst],
				["MAC", `${short("src")} → ${short("dst")}`, "", other("src") || other("dst")],
			];
	return [...rows, ["TTL", hop.ttl, "", other("ttl")]].filter(row => (row[1] ?? "") !== "");
}

function drawTag(hop, journey) {
	const rows = tagRows(hop, journey),
		letter = 7.3,
		signs = picture.across ? 56 : 38;
	const whose = row => [row[3] ? "●" : "", row[2]].filter(Boolean).join(" ");
	const wide = row => String(row[1]).length * letter + (whose(row).length + 1) * 6.4;
	const width = Math.min(picture.width - 4, signs + 8 + Math.max(...rows.map(wide)));
	const height = rows.length * 16 + 10,
		{ x, y } = placeTag(hop, journey, width, height);
	return svg(
		"g",
		{ class: "tag", transform: `translate(${x} ${y})` },
		svg("rect", { width, height, rx: 6 }),
		rows.map((row, i) =>
			svg(
				"text",
				{ x: 8, y: 17 + i * 16, class: row[3] ? "changed" : null },
				svg("tspan", { class: "sign" }, row[0]),
				svg("tspan", { x: signs }, String(row[1])),
				svg("tspan", { class: "owner", dx: 8 }, whose(row)),
			),
		),
	);
}

/*
 * Where it hides nothing of the packet's way: neither this hop's, nor the node that it goes to next,
 * nor what became of it.
 * Of such places the one that is nearest to the middle of the hop, where it stays for the whole hop.
 */
function placeTag(hop, journey, width, height) {
	if (picture.tag?.hop === hop) return picture.tag;
	const way = wayTo(journey, hop),
		middle = along(way, 0.5),
		near = new Set(aheadOf(journey, hop)),
		end = picture.spots.get(placeOfLoss(journey)), // what became of it is said above that node
		half = end ? endOf(journey).length * 3.4 : 0;
	const boxes = [...picture.spots].map(([name, q]) => ({
		...q,
		weight: near.has(name) ? 1e6 : 1e4,
	}));
	const covers = (x, y, q, left, above, below) =>
		q.x > x - left && q.x < x + width + left && q.y > y - below && q.y < y + height + above;
	let best = null;
	for (let y = 0; y <= Math.max(0, picture.height - height); y += 8)
		for (let x = 2; x <= Math.max(2, picture.width - width - 2); x += 8) {
			let cost = Math.hypot(x + width / 2 - middle.x, y + height / 2 - middle.y);
			for (const q of boxes) if (covers(x, y, q, 27, 25, 54)) cost += q.weight;
			if (end && covers(x, y, { x: end.x, y: end.y - 32 }, half, 8, 8)) cost += 1e4;
			for (const t of [0, 0.25, 0.5, 0.75, 1])
				if (covers(x, y, along(way, t), 13, 10, 10)) cost += 1e5;
			if (!best || cost < best.cost) best = { x, y, cost };
		}
	picture.tag = { ...best, hop };
	return best;
}

// The nodes of this hop, and of those that come from it.
function aheadOf(journey, hop) {
	const before = journey.hops[hop.from];
	const next = journey.hops.filter(h => journey.hops[h.from] === hop);
	const further = journey.hops.filter(h => next.includes(journey.hops[h.from]));
	return [before, hop, ...next, ...further].filter(Boolean).map(h => h.node);
}

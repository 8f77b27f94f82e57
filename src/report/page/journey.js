// SPDX-License-Identifier: LGPL-2.1-or-later
// One packet: the strip of what changes, its ladder, and a row for each hop.

// Under the map: the hop that the packet is at, and what is other than at the hop before.
function showPacket(step) {
	const { journey, level } = step,
		hop = journey && mainHop(journey, level),
		before = hop && journey.hops[hop.from];
	const cell = (label, value, other, was) =>
		el(
			"div",
			{ class: other ? "changed" : null },
			el("dt", {}, label),
			el("dd", {}, value ?? "–"),
			other
				? el("dd", { class: "was" }, `● ${was ? say("was", was) : say("changed")}`)
				: null,
		);
	const ip = journey && addressesOf(journey);
	const mac = (label, key) => {
		const made = cell(
			label,
			hop[key] && [
				el("code", {}, hop[key]),
				" ",
				el("span", { class: "owner" }, ownerName(hop[key])),
			],
			before && before[key] !== hop[key],
			before?.[key],
		);
		if (ip)
			made.append(el("dd", { class: "address" }, `${ip.label} `, el("code", {}, ip[key])));
		return made;
	};

	at("packet").replaceChildren(
		...(hop
			? [
					cell(journey.protocol, wordsOf(journey)),
					cell(say("where"), [
						el("b", {}, hop.node),
						` ${hop.at.replace(`${hop.node}:`, "")}, ${sayOf("ways", hop.way)}`,
						hop.encrypted
							? [" ", el("span", { class: "secret" }, say("encrypted"))]
							: null,
					]),
					cell(say("did"), sayOf("actions", hop.action)),
					mac(say("source"), "src"),
					mac(say("destination"), "dst"),
					cell(
						say("ttl"),
						hop.ttl === null || hop.ttl === undefined ? null : String(hop.ttl),
						before && before.ttl !== hop.ttl,
						before && String(before.ttl),
					),
				]
			: [
					cell(
						tell(story.phases[step.phase].title),
						step.phase ? say("choose") : say("intro"),
					),
				]),
	);
}

function showJourney(journey) {
	const box = at("journey");
	box.hidden = !journey;
	if (!journey) return box.replaceChildren();
	box.replaceChildren(
		el("h2", {}, say("journey")),
		el(
			"p",
			{ class: "quiet" },
			el("span", { class: "protocol" }, journey.protocol),
			el("span", { title: journey.what }, ` ${wordsOf(journey)} `),
			`(${say("bytesLong", journey.bytes)}, ${endOf(journey)})`,
		),
		tell(journey.explain)
			? el(
					"p",
					{ class: didNotArrive(journey) ? "explained bad" : "explained" },
					tell(journey.explain),
				)
			: "",
		drawLadder(journey),
		drawHops(journey),
	);
}

// A line down for each node, an arrow for each link that the packet crossed.
function drawLadder(journey) {
	const order = [...picture.spots.keys()].filter(name => pathOf(journey).includes(name));
	const depth = layOut();
	order.sort(
		(a, b) => depth.get(a).depth - depth.get(b).depth || depth.get(a).row - depth.get(b).row,
	);
	const crossings = journey.hops.filter(hop => hop.way === "in" && journey.hops[hop.from]);
	const lone = journey.hops.filter(
		hop => hop.way === "out" && !journey.hops.some(next => journey.hops[next.from] === hop),
	);
	if (order.length < 2 && !lone.length) return null;
	const dx = Math.max(
			88,
			Math.min(124, (at("journey").clientWidth - 44) / Math.max(2, order.length)),
		),
		dy = 46,
		ip = addressesOf(journey),
		top = ip ? 54 : 34,
		width = Math.max(2, order.length) * dx;
	const x = name => (order.indexOf(name) + 0.5) * dx,
		all = [...crossings, ...lone].sort(
			(a, b) => journey.hops.indexOf(a) - journey.hops.indexOf(b),
		);
	const bottom = top + all.length * dy + 8;

	return el(
		"div",
		{ class: "scroller", tabindex: 0, role: "group", "aria-label": say("ladder") },
		svg(
			"svg",
			{
				class: "ladder",
				viewBox: `0 0 ${width} ${bottom}`,
				width,
				height: bottom,
				role: "img",
				"aria-label": `${say("ladder")}: ${pathOf(journey).join(", ")}`,
			},
			ip
				? svg(
						"text",
						{ class: "address", x: width / 2, y: 36, "text-anchor": "middle" },
						`${ip.label} ${ip.src} → ${ip.dst}`,
					)
				: null,
			order.map(name => [
				svg("line", { class: "life", x1: x(name), x2: x(name), y1: top - 8, y2: bottom }),
				svg("text", { class: "head", x: x(name), y: 16, "text-anchor": "middle" }, name),
			]),
			all.map((hop, i) => drawArrow(journey, hop, x, top + (i + 0.72) * dy)),
		),
	);
}

function drawArrow(journey, hop, x, y) {
	const from = journey.hops[hop.from],
		arrives = hop.way === "in";
	const a = x(arrives ? from.node : hop.node),
		b = arrives ? x(hop.node) : a + 40;
	const d = Math.sign(b - a),
		text = [`#${hop.frame}`, hop.ttl === null || hop.ttl === undefined ? "" : `TTL ${hop.ttl}`]
			.filter(Boolean)
			.join(" · ");
	const dropped = ["dropped", "changed-or-dropped", "expired", "lost"].includes(hop.action);
	const sender = arrives ? journey.hops[from.from] : from;
	const short = mac => (mac ?? "").slice(-8);
	return svg(
		"g",
		{
			class: "arrow",
			"data-level": hop.level,
			onclick: () => {
				pause();
				goTo(stepOfJourney.get(journey.id) + hop.level);
				showFrameOf(hop.at, hop.frame);
			},
		},
		svg("rect", { x: Math.min(a, b), y: y - 20, width: Math.abs(b - a), height: 40 }),
		svg("path", { class: hop.wifi ? "wifi" : null, d: `M${a} ${y}H${b}` }),
		svg("path", {
			class: "tip",
			d: dropped
				? `M${b - 6} ${y - 6}l12 12m0-12l-12 12`
				: `M${b - d * 8} ${y - 4.5}L${b} ${y}L${b - d * 8} ${y + 4.5}`,
		}),
		svg("text", { x: (a + b) / 2, y: y - 6, "text-anchor": "middle" }, text),
		svg(
			"text",
			{
				x: (a + b) / 2,
				y: y + 14,
				"text-anchor": "middle",
				class:
					sender && (sender.src !== hop.src || sender.dst !== hop.dst)
						? "mac changed"
						: "mac",
			},
			d > 0
				? `${short(hop.src)} → ${short(hop.dst)}`
				: `${short(hop.dst)} ← ${short(hop.src)}`,
		),
	);
}

function drawHops(journey) {
	const heads = ["time", "where", "did", "source", "destination", "ttl", "frameNumber"];
	return el(
		"div",
		{ class: "scroller", tabindex: 0, role: "group", "aria-label": say("journey") },
		el(
			"table",
			{ class: "hops" },
			el(
				"thead",
				{},
				el(
					"tr",
					{},
					heads.map(h => el("th", { scope: "col" }, say(h))),
				),
			),
			el(
				"tbody",
				{},
				journey.hops.map(hop => drawHop(journey, hop)),
			),
		),
	);
}

// The entry of its forwarding table by which a router passed it on.
function routeOf(hop) {
	const entry = route =>
		route
			? [
					el("code", {}, route.prefix),
					route.via ? [" → ", el("code", {}, route.via)] : "",
					` (${route.dev})`,
					route.paths ? `, ${say("paths", route.paths)}` : "",
				]
			: "–";
	if (!hop.route) return "";
	return el(
		"div",
		{ class: "route" },
		hop.route.prefix
			? entry(hop.route)
			: [
					`${say("before")}: `,
					entry(hop.route.before),
					`; ${say("after")}: `,
					entry(hop.route.after),
				],
	);
}

// In a narrow window each row stands as a card, in which a cell says itself what it is.
function drawHop(journey, hop) {
	const before = journey.hops[hop.from],
		ip = addressesOf(journey);
	const cell = (label, key, ...content) => {
		const other = key && before && before[key] !== hop[key];
		return el(
			"td",
			{ class: other ? "changed" : null, "data-label": say(label) },
			other ? el("span", { class: "mark", title: say("changed") }, "● ") : "",
			content,
		);
	};
	const mac = (label, key) =>
		cell(
			label,
			key,
			el("code", {}, hop[key] ?? ""),
			" ",
			el("span", { class: "owner" }, ownerName(hop[key])),
			ip ? el("div", { class: "address" }, `${ip.label} `, el("code", {}, ip[key])) : null,
		);
	return el(
		"tr",
		{ "data-level": hop.level },
		el("td", { class: "time" }, clock(hop.time_ns)),
		el(
			"th",
			{ scope: "row" },
			hop.at.startsWith("wifi:") ? `${hop.node} (${hop.at})` : hop.at,
			" ",
			el("span", { class: "quiet" }, sayOf("ways", hop.way)),
			hop.encrypted ? [" ", el("span", { class: "secret" }, say("encrypted"))] : null,
		),
		el("td", {}, sayOf("actions", hop.action), routeOf(hop)),
		mac("source", "src"),
		mac("destination", "dst"),
		cell("ttl", "ttl", String(hop.ttl ?? "")),
		el(
			"td",
			{ class: "link" },
			button(
				`#${hop.frame}`,
				() => {
					pause();
					goTo(stepOfJourney.get(journey.id) + hop.level);
					showFrameOf(hop.at, hop.frame);
				},
				{ class: "frame-link", "aria-label": `${hop.at}: ${say("frameN", hop.frame)}` },
			),
		),
	);
}

function markLevel(level) {
	for (const part of at("journey").querySelectorAll("[data-level]"))
		part.classList.toggle("now", Number(part.dataset.level) === level);
}

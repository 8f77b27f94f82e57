// SPDX-License-Identifier: LGPL-2.1-or-later
// What the nodes knew before and after the run, line by line; and what is to be said about the run.

// Longest common subsequence of lines: [sign, line] with sign "+", "-" or " ".
function compare(before, after) {
	const a = before.trimEnd().split("\n").filter(Boolean),
		b = after.trimEnd().split("\n").filter(Boolean);
	const best = Array.from({ length: a.length + 1 }, () => new Uint16Array(b.length + 1)),
		out = [];
	for (let i = a.length - 1; i >= 0; i--)
		for (let j = b.length - 1; j >= 0; j--)
			best[i][j] =
				a[i] === b[j] ? best[i + 1][j + 1] + 1 : Math.max(best[i + 1][j], best[i][j + 1]);
	for (let i = 0, j = 0; i < a.length || j < b.length;) {
		if (i < a.length && j < b.length && a[i] === b[j]) {
			out.push([" ", a[i++]]);
			j++;
		} else if (j >= b.length || (i < a.length && best[i + 1][j] >= best[i][j + 1])) {
			out.push(["-", a[i++]]);
		} else {
			out.push(["+", b[j++]]);
		}
	}
	return out;
}

function drawTables() {
	at("tables").replaceChildren(
		el("h2", {}, say("tables")),
		story.tables?.length ? "" : el("p", { class: "quiet" }, say("noTables")),
		...story.map.nodes.map(drawNodeTables),
		drawLinks(),
	);
}

// What each direction of a link carried and lost, and how long it took.
function drawLinks() {
	const ms = ns => (ns / 1e6).toFixed(ns < 1e6 ? 3 : 1);
	const counts = (story.links ?? []).filter(count => count.sent),
		lost = counts.reduce((sum, count) => sum + count.lost, 0);
	const row = (cell, values) =>
		el(
			"tr",
			{},
			values.map((value, i) =>
				el(i ? "td" : cell, i ? {} : { scope: cell === "th" ? "row" : null }, value),
			),
		);
	if (!counts.length) return "";
	return el(
		"details",
		{ "data-links": "" },
		el(
			"summary",
			{},
			el("b", {}, say("links")),
			lost ? el("span", { class: "count bad" }, `✗ ${say("framesLost", lost)}`) : null,
		),
		el(
			"div",
			{ class: "scroller", tabindex: 0, role: "group", "aria-label": say("links") },
			el(
				"table",
				{},
				el(
					"thead",
					{},
					el(
						"tr",
						{},
						["link", "outOf", "carried", "lost", "took"].map(h =>
							el("th", { scope: "col" }, say(h)),
						),
					),
				),
				el(
					"tbody",
					{},
					counts.map(c =>
						row("th", [
							c.link,
							c.out_of,
							String(c.arrived),
							c.lost ? `✗ ${c.lost}` : "0",
							c.arrived
								? `${ms(c.delay_ns.min)} – ${ms(c.delay_ns.mean)} – ${ms(c.delay_ns.max)} ms`
								: "",
						]),
					),
				),
			),
		),
	);
}

function drawNodeTables(node) {
	const tables = (story.tables ?? [])
		.filter(table => table.node === node.name)
		.map(table => ({ ...table, lines: compare(table.before ?? "", table.after ?? "") }));
	const added = tables.flatMap(t => t.lines).filter(([sign]) => sign === "+").length;
	const gone = tables.flatMap(t => t.lines).filter(([sign]) => sign === "-").length;
	return el(
		"details",
		{ "data-tables": node.name },
		el(
			"summary",
			{},
			el("b", {}, node.name),
			" ",
			el(
				"span",
				{ class: "quiet" },
				[sayOf("kindsOfNode", node.does), tell(node.about)].filter(Boolean).join(" · "),
			),
			added || gone ? el("span", { class: "count" }, say("rows", added, gone)) : null,
		),
		drawNics(node),
		tables.map(drawTable),
	);
}

function drawNics(node) {
	return el(
		"div",
		{ class: "scroller" },
		el(
			"table",
			{ class: "nics" },
			el(
				"tbody",
				{},
				[...(node.nics ?? []), ...(node.bridges ?? [])].map(nic =>
					el(
						"tr",
						{},
						el("th", { scope: "row" }, nic.name),
						el("td", {}, el("code", {}, nic.mac ?? "")),
						el("td", {}, (nic.addresses ?? []).join(", ")),
						el("td", { class: "quiet" }, nic.link ?? ""),
					),
				),
			),
		),
	);
}

function drawTable(table) {
	const words = { "+": say("added"), "-": say("gone"), " ": "" };
	return el(
		"div",
		{ class: "table" },
		el("h3", {}, sayOf("kinds", table.kind)),
		el(
			"div",
			{
				class: "scroller",
				tabindex: 0,
				role: "group",
				"aria-label": `${table.node}: ${sayOf("kinds", table.kind)}`,
			},
			table.lines.map(([sign, line]) =>
				el(
					"div",
					{ class: sign === "+" ? "new" : sign === "-" ? "gone" : null },
					el("span", { class: "sign" }, sign === "-" ? "−" : sign),
					words[sign] ? el("span", { class: "only-heard" }, `${words[sign]}: `) : null,
					el("code", {}, line),
				),
			),
		),
	);
}

function openNode(name) {
	const box = at("tables").querySelector(`[data-tables="${CSS.escape(name)}"]`);
	box.open = true;
	box.scrollIntoView({ block: "start", behavior: reducedMotion() ? "auto" : "smooth" });
	box.querySelector("summary").focus({ preventScroll: true });
}

function drawRun() {
	const pairs = object =>
		Object.entries(object ?? {})
			.map(([k, v]) => `${k} ${v}`)
			.join(", ");
	const unmatched = Object.entries(story.unmatched?.ports ?? {})
		.filter(([, n]) => n)
		.map(([k, n]) => `${k}: ${n}`)
		.join(", ");
	const rows = [
		[say("lab"), story.lab],
		[say("experiment"), story.experiment],
		[say("subject"), tell(story.title)],
		[
			tell(story.source),
			/^https?:/.test(story.source?.href ?? "")
				? el("a", { href: story.source.href, rel: "noreferrer" }, story.source.href)
				: "",
		],
		[say("started"), startedAt()],
		[say("took"), story.seconds === undefined ? "" : say("seconds", story.seconds.toFixed(1))],
		[say("outcome"), sayOf("outcomes", story.outcome)],
		[say("reason"), tell(story.reason)],
		[say("parameters"), pairs(story.parameters)],
		[say("versions"), pairs(story.versions)],
		[
			say("unmatched"),
			story.unmatched ? `${story.unmatched.frames}${unmatched ? ` (${unmatched})` : ""}` : "",
		],
	];
	at("run").replaceChildren(
		el("h2", {}, say("run")),
		el(
			"dl",
			{ class: "facts" },
			rows
				.filter(row => row[1])
				.map(([k, v]) => el("div", {}, el("dt", {}, k), el("dd", {}, v))),
		),
	);
}

// SPDX-License-Identifier: LGPL-2.1-or-later
// The bytes of a frame, and of what was decrypted or put together from it; which field has which.

function drawBytes(view) {
	const data = atob(view.sources[inspector.source]?.[1] ?? ""),
		rows = [];
	for (let row = 0; row < data.length; row += 16) {
		const codes = [...data.slice(row, row + 16)].map(c => c.charCodeAt(0));
		const bytes = codes.map(c => c.toString(16).padStart(2, "0"));
		const text = codes.map(c => (c > 31 && c < 127 ? String.fromCharCode(c) : "·"));
		rows.push(
			el(
				"div",
				{ class: "row" },
				el("span", { class: "offset" }, row.toString(16).padStart(4, "0")),
				el(
					"span",
					{ class: "hex" },
					bytes.map((b, i) => el("i", { "data-byte": row + i }, b)),
				),
				el(
					"span",
					{ class: "ascii" },
					text.map((c, i) => el("i", { "data-byte": row + i }, c)),
				),
			),
		);
	}
	return el(
		"div",
		{ class: "bytes" },
		view.sources.length > 1
			? el(
					"div",
					{ class: "sources", role: "group", "aria-label": say("bytes") },
					view.sources.map(([name], i) =>
						button(
							name || say("packetBytes"),
							() => {
								inspector.source = i;
								inspector.field = null;
								drawFrame();
							},
							{ "aria-pressed": String(i === inspector.source) },
						),
					),
				)
			: "",
		el(
			"div",
			{
				class: "dump",
				tabindex: 0,
				role: "group",
				"aria-label": say("bytes"),
				onclick: onByteClick,
			},
			rows,
		),
		el("p", { class: "range" }),
	);
}

// The smallest field that has the byte.
function onByteClick(e) {
	const n = Number(e.target.dataset?.byte ?? -1),
		view = viewOf(inspector.place, inspector.number);
	let best = null,
		trail = [];
	const look = (index, above) => {
		const f = fieldOf(index);
		if (
			f.source === inspector.source &&
			f.start <= n &&
			n < f.start + f.length &&
			(!best || f.length <= best.length)
		) {
			best = f;
			trail = above;
		}
		f.children.forEach(c => look(c, [...above, index]));
	};
	if (n < 0) return;
	view.layers.forEach(index => look(index, []));
	for (const index of trail)
		for (const item of at("frame").querySelectorAll(`[data-field="${index}"]`))
			expand(item, true);
	if (best) chooseItem(at("frame").querySelector(`[data-field="${best.index}"]`));
}

function markField(chosen) {
	const box = at("frame"),
		field = inspector.field === null ? null : fieldOf(inspector.field);
	const item = chosen ?? box.querySelector(`[data-field="${inspector.field}"]`);
	for (const i of box.querySelectorAll("[role=treeitem]")) {
		i.setAttribute("aria-selected", String(i === item));
		i.tabIndex = i === item || (!item && i === box.querySelector("[role=treeitem]")) ? 0 : -1;
	}
	const marked = n =>
		field &&
		field.source === inspector.source &&
		n >= field.start &&
		n < field.start + field.length;
	for (const b of box.querySelectorAll("[data-byte]"))
		b.classList.toggle("on", marked(Number(b.dataset.byte)));
	const first = box.querySelector(".hex .on");
	if (first) scrollInside(first, box.querySelector(".dump"));
	box.querySelector(".range").replaceChildren(
		...(!field
			? []
			: [
					field.start < 0 || !field.length
						? say("generated")
						: say("byteRange", field.start, field.length),
					...(field.filter?.includes(" == ")
						? [` · ${say("asFilter")}: `, el("code", {}, field.filter)]
						: []),
				]),
	);
}

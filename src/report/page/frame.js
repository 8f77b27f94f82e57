// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A frame, opened: its layers as a tree, its bytes beside them; a field marks its bytes, a byte its
 * field. The story keeps each text once and each field once (a field of the same words at the same
 * place is the same field in every frame): frames.nodes[i] is [text, filter, source, start, length,
 * children...], where text and filter are indices into frames.texts (filter may be -1).
 */

const inspector = {
	place: null,
	number: 0,
	decrypted: true,
	field: null,
	source: 0,
	open: new Set(["ip", "tcp", "udp"]),
};

function fieldOf(index) {
	const [text, filter, source, start, length, ...children] = story.frames.nodes[index];
	return {
		index,
		text: story.frames.texts[text],
		filter: filter < 0 ? null : story.frames.texts[filter],
		source,
		start,
		length,
		children,
	};
}

const nameOf = field => field.filter?.split(" ")[0] ?? field.text.split(":")[0];

function viewOf(place, number) {
	const frame = frameAt(place, number);
	return frame && !inspector.decrypted && frame.without_keys
		? { ...frame, ...frame.without_keys }
		: frame;
}

// The layer that the frame is called by ("TLSv1.3": tls), or else its last.
function mainLayer(view) {
	const layers = view?.layers.map(fieldOf) ?? [],
		called = (view?.protocol ?? "").toLowerCase();
	const is = layer => /^[a-z]/.test(nameOf(layer)) && called.startsWith(nameOf(layer));
	return layers.find(is) ?? layers[layers.length - 1];
}

function showFrame(place, number) {
	const layer = mainLayer(place && viewOf(place, number));
	Object.assign(inspector, {
		place,
		number,
		field: layer?.index ?? null,
		source: layer?.source ?? 0,
	});
	drawFrame();
	showField();
}

// The chosen field where it can be seen, with as much of what is in it as there is room for.
function showField() {
	const item = at("frame").querySelector("[aria-selected=true]"),
		tree = item?.closest(".tree");
	if (!tree) return;
	tree.scrollTop += item.getBoundingClientRect().top - tree.getBoundingClientRect().top - 8;
}

// From a proof: the frame, and the packet that it belongs to.
function showFrameOf(place, number, look = false) {
	for (const [id, start] of stepOfJourney) {
		const hop = journeys.get(id).hops.find(h => h.at === place && h.frame === number);
		if (hop) {
			goTo(start + hop.level);
			break;
		}
	}
	showFrame(place, number);
	if (look) {
		at("frame").scrollIntoView({
			block: "start",
			behavior: reducedMotion() ? "auto" : "smooth",
		});
		at("frame").querySelector("[role=treeitem][tabindex='0']")?.focus({ preventScroll: true });
	}
}

function drawFrame() {
	const { place, number } = inspector,
		frame = place && frameAt(place, number),
		view = frame && viewOf(place, number);
	const box = at("frame");
	if (!view)
		return box.replaceChildren(
			el("h2", {}, say("frame")),
			el("p", { class: "quiet" }, story.frames ? say("choose") : say("noFrames")),
		);
	const journey = steps[player.step].journey,
		all = numberInAll(place, number);
	const others = journey
		? [...new Map(journey.hops.map(h => [`${h.at} ${h.frame}`, h])).values()]
		: [];
	box.replaceChildren(
		el("h2", {}, say("frame")),
		el(
			"div",
			{ class: "frame-head" },
			el(
				"p",
				{},
				el("b", {}, place),
				` ${say("frameN", number)} · ${clock(frame.time_ns)} `,
				el("span", { class: "protocol" }, view.protocol ?? ""),
				` ${view.info ?? ""}`,
				all
					? el("span", { class: "in-all" }, [
							say("inAll", all),
							" ",
							el("code", {}, `labctl open --frame ${all}`),
						])
					: null,
			),
			drawSecrecy(frame),
		),
		others.length > 1
			? el(
					"p",
					{ class: "same" },
					`${say("samePacket")} `,
					others.map(h =>
						button(
							`${h.at} #${h.frame}`,
							() => {
								pause();
								goTo(stepOfJourney.get(journey.id) + h.level);
								showFrame(h.at, h.frame);
							},
							{
								class: "frame-link",
								"aria-current":
									h.at === place && h.frame === number ? "true" : "false",
							},
						),
					),
				)
			: "",
		el(
			"div",
			{ class: "panes" },
			drawTree(view, earlier(journey, place, number)),
			drawBytes(view),
		),
	);
	markField();
}

function drawSecrecy(frame) {
	const choice = (decrypted, text) =>
		button(
			text,
			() => {
				inspector.decrypted = decrypted;
				showFrame(inspector.place, inspector.number);
			},
			{ "aria-pressed": String(inspector.decrypted === decrypted) },
		);
	return frame.without_keys
		? el(
				"div",
				{
					class: "switch",
					role: "group",
					"aria-label": say("keyHelp"),
					title: say("keyHelp"),
				},
				choice(true, say("withKeys")),
				choice(false, say("withoutKeys")),
			)
		: el("p", { class: "quiet" }, say("noSecret"));
}

// The fields of the same packet at the hop before, by name: what differs is marked.
function earlier(journey, place, number) {
	const hop = journey?.hops.find(h => h.at === place && h.frame === number);
	let before = journey?.hops[hop?.from];
	while (before && before.at === place && before.frame === number)
		before = journey.hops[before.from];
	const view = before && viewOf(before.at, before.frame),
		found = new Map();
	const collect = index => {
		const field = fieldOf(index);
		if (!found.has(nameOf(field))) found.set(nameOf(field), field.text);
		field.children.forEach(collect);
	};
	view?.layers.forEach(collect);
	return found;
}

function drawTree(view, before) {
	const mainName = view.layers.length ? nameOf(mainLayer(view)) : "";
	const item = (index, level, layer) => {
		const field = fieldOf(index),
			name = nameOf(field),
			above = layer ?? name,
			was = before.get(name);
		const other =
			level > 1 && !field.children.length && was !== undefined && was !== field.text;
		const open = inspector.open.has(name) || (level <= 2 && above === mainName);
		return el(
			"li",
			{
				role: "treeitem",
				tabindex: -1,
				"data-field": index,
				"data-name": name,
				"aria-level": level,
				"aria-selected": "false",
				"aria-expanded": field.children.length ? String(open) : null,
			},
			el(
				"span",
				{
					class: field.start < 0 ? "line generated" : "line",
					title: field.start < 0 ? say("generated") : null,
				},
				el("span", { class: "twist", "aria-hidden": "true" }),
				field.text,
				other
					? el("span", { class: "other" }, `● ${say("was", was.replace(/^[^:]*: /, ""))}`)
					: null,
			),
			field.children.length
				? el(
						"ul",
						{ role: "group" },
						field.children.map(c => item(c, level + 1, above)),
					)
				: null,
		);
	};
	return el(
		"ul",
		{
			role: "tree",
			class: "tree",
			"aria-label": say("fields"),
			onclick: onTreeClick,
			onkeydown: onTreeKey,
		},
		view.layers.map(index => item(index, 1, null)),
	);
}

function onTreeClick(e) {
	const item = e.target.closest("[role=treeitem]");
	if (!item) return;
	if (item.hasAttribute("aria-expanded"))
		expand(
			item,
			e.target.closest(".twist") || inspector.field === Number(item.dataset.field)
				? item.getAttribute("aria-expanded") === "false"
				: true,
		);
	chooseItem(item);
}

function expand(item, open) {
	if (!item.hasAttribute("aria-expanded")) return;
	item.setAttribute("aria-expanded", String(open));
	if (open) inspector.open.add(item.dataset.name);
	else inspector.open.delete(item.dataset.name);
}

function onTreeKey(e) {
	const item = e.target.closest("[role=treeitem]");
	const shown = [...at("frame").querySelectorAll("[role=treeitem]")].filter(
		i => !i.parentElement.closest("[aria-expanded=false]"),
	);
	const i = shown.indexOf(item),
		isOpen = item.getAttribute("aria-expanded");
	const acts = {
		ArrowDown: () => chooseItem(shown[i + 1]),
		ArrowUp: () => chooseItem(shown[i - 1]),
		Home: () => chooseItem(shown[0]),
		End: () => chooseItem(shown[shown.length - 1]),
		ArrowRight: () =>
			isOpen === "false" ? expand(item, true) : chooseItem(isOpen && shown[i + 1]),
		ArrowLeft: () =>
			isOpen === "true"
				? expand(item, false)
				: chooseItem(item.parentElement.closest("[role=treeitem]")),
		Enter: () => expand(item, isOpen !== "true"),
		" ": () => expand(item, isOpen !== "true"),
	};
	if (!acts[e.key]) return;
	e.preventDefault();
	e.stopPropagation();
	acts[e.key]();
}

function chooseItem(item) {
	if (!item) return;
	inspector.field = Number(item.dataset.field);
	const { source } = fieldOf(inspector.field),
		changed = source !== inspector.source;
	inspector.source = source;
	if (changed)
		at("frame")
			.querySelector(".bytes")
			.replaceWith(drawBytes(viewOf(inspector.place, inspector.number)));
	markField(item);
	item.focus({ preventScroll: true });
	scrollInside(item.querySelector(".line"), item.closest(".tree"));
}

function scrollInside(part, box) {
	const gap = part.getBoundingClientRect().top - box.getBoundingClientRect().top;
	if (gap < 0 || gap > box.clientHeight - 28) box.scrollTop += gap - box.clientHeight / 3;
}

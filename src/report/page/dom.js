// SPDX-License-Identifier: LGPL-2.1-or-later
// Elements, made in one expression. Text always goes in as text: what packets say is never HTML.

function make(space, name, attributes, children) {
	const made = space ? document.createElementNS(space, name) : document.createElement(name);
	for (const [key, value] of Object.entries(attributes ?? {})) {
		if (value === null || value === undefined || value === false) continue;
		if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
		else made.setAttribute(key, value === true ? "" : value);
	}
	made.append(
		...children.flat(Infinity).filter(c => c !== null && c !== undefined && c !== false),
	);
	return made;
}

const el = (name, attributes, ...children) => make(null, name, attributes, children);
const svg = (name, attributes, ...children) =>
	make("http://www.w3.org/2000/svg", name, attributes, children);
const at = id => document.getElementById(id);
const reducedMotion = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

// A sign and a word: what a colour says is always said twice.
function verdict(name) {
	const signs = { holds: "✓", fails: "✗", "not-reached": "–", "not-judged": "?", skipped: "–" };
	return el(
		"span",
		{ class: `verdict ${name}` },
		el("span", { "aria-hidden": "true" }, signs[name] ?? "?"),
		" ",
		say(name) ?? name,
	);
}

function button(text, act, attributes) {
	return el("button", { type: "button", onclick: act, ...attributes }, text);
}

const ICONS = {
	play: "M7 4.5v15l12-7.5z",
	pause: "M7 5h3.5v14H7zM13.5 5H17v14h-3.5z",
	back: "M16 5.5 7.5 12l8.5 6.5z",
	step: "M8 5.5 16.5 12 8 18.5z",
	previous: "M6 5h2.5v14H6zM19 5.5 10 12l9 6.5z",
	next: "M15.5 5H18v14h-2.5zM5 5.5 14 12l-9 6.5z",
};

const icon = name =>
	svg(
		"svg",
		{ viewBox: "0 0 24 24", class: "icon", "aria-hidden": "true" },
		svg("path", { d: ICONS[name] }),
	);

// SPDX-License-Identifier: LGPL-2.1-or-later
// Where nodes stand: depth from the client, and a row. The longest way from it is a straight line,
// and everything else finds the nearest free row beside it. Nothing is random: same lab, same map.

function breadthFirst(root) {
	const children = new Map([[root, []]]),
		queue = [root];
	const neighbours = name =>
		[...links.values()]
			.flatMap(spokes)
			.filter(pair => pair.includes(name))
			.map(([a, b]) => (a === name ? b : a));

	while (queue.length) {
		const name = queue.shift();
		for (const next of neighbours(name))
			if (!children.has(next)) {
				children.set(next, []);
				children.get(name).push(next);
				queue.push(next);
			}
	}
	return children;
}

const height = (children, name) =>
	1 + Math.max(0, ...children.get(name).map(c => height(children, c)));

// Cells [depth, row] of the subtree at name, itself at depth 0, row 0.
function arrange(children, name) {
	const below = [...children.get(name)],
		cells = [{ name, depth: 0, row: 0 }];
	const tallest = Math.max(0, ...below.map(c => height(children, c)));
	const main = below.findLast(c => height(children, c) === tallest);
	const order = [main, ...below.filter(c => c !== main)].filter(Boolean);

	for (const child of order) {
		const part = arrange(children, child);
		const free = shift =>
			part.every(a => cells.every(b => b.depth !== a.depth + 1 || b.row !== a.row + shift));
		let shift = 0;
		while (!free(shift)) shift = shift > 0 ? -shift : 1 - shift;
		cells.push(...part.map(c => ({ name: c.name, depth: c.depth + 1, row: c.row + shift })));
	}
	return cells;
}

// Map of name to {depth, row}, rows from 0; nodes that no link reaches stand below the others.
function layOut() {
	const left = new Set(nodes.keys()),
		places = new Map();
	let bottom = 0;

	while (left.size) {
		const root = (
			story.map.nodes.find(n => left.has(n.name) && n.sign === "laptop") ??
			story.map.nodes.find(n => left.has(n.name))
		).name;
		const cells = arrange(breadthFirst(root), root);
		const top = Math.min(...cells.map(c => c.row));

		for (const c of cells) {
			places.set(c.name, { depth: c.depth, row: c.row - top + bottom });
			left.delete(c.name);
		}
		bottom = Math.max(...[...places.values()].map(p => p.row)) + 1;
	}
	return places;
}

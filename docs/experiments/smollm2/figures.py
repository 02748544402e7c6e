"""SVG figures of losses.json, for tables.py; standard library only."""
import statistics

# By mode: how far below its line a dot lies, its style, and words for it.
MARKS = {"plain": (-6, 'fill="#3b6ea5"', "acts everywhere"),
         "masked": (0, 'fill="#fff" stroke="#c26a2d" stroke-width="2"', "masked: off before the separator"),
         "two-views": (6, 'fill="#7a5aa6"', "two views")}
LEFT, WIDTH, RIGHT, STEP = 150, 460, 24, 26


class Chart:
    """Lines of dots over a common axis of losses; x grows to the right, y downwards."""

    def __init__(self, title, what, heading, low, high, marks, bottom, height):
        self.low, self.high = low, high
        whole = LEFT + WIDTH + RIGHT
        self.parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {whole} {height}" font-family="sans-serif" font-size="12">',
                      f"<title>{title}</title>", f'<rect width="{whole}" height="{height}" fill="#fff"/>']
        self.text(12, 22, heading, 'font-size="14" font-weight="bold"')
        for mark in marks:
            x = f"{self.x(float(mark)):.1f}"
            self.parts.append(f'<line x1="{x}" x2="{x}" y1="36" y2="{bottom}" stroke="{"#999" if mark == "0" else "#ddd"}"/>')
            self.text(x, bottom + 16, mark, 'text-anchor="middle" fill="#555"')
        self.text(LEFT + WIDTH, bottom + 34, what, 'text-anchor="end" fill="#555"')

    def x(self, loss): return LEFT + WIDTH * (loss - self.low) / (self.high - self.low)

    def text(self, x, y, words, style): self.parts.append(f'<text x="{x}" y="{y}" {style}>{words}</text>')

    def dot(self, x, y, style): self.parts.append(f'<circle cx="{x:.1f}" cy="{y}" r="4.5" {style}/>')

    def svg(self): return "\n".join(self.parts + ["</svg>"]) + "\n"


def losses(lines):
    """`lines`: names, and rows of losses.json each. A dot an adapter."""
    bottom = 44 + STEP * len(lines)
    chart = Chart("Validation loss by what the adapter may change, with and without the mask",
                  "validation loss of the review, nats; the base is at 3.75",
                  "A mask costs little; what the adapter may change costs much", 2.15, 3.15, ("2.2", "2.4", "2.6", "2.8", "3.0"), bottom, bottom + 66)
    for index, (name, rows) in enumerate(lines):
        y = 54 + STEP * index
        chart.text(LEFT - 12, y + 4, name, 'text-anchor="end"')
        for row in sorted(rows, key=lambda r: (list(MARKS).index(r["mode"]), r["seed"])):
            down, style, _ = MARKS[row["mode"]]
            chart.dot(chart.x(row["loss"]), y + down, style)
    for place, (_, style, words) in zip((0, 125, 355), MARKS.values()):
        chart.dot(LEFT + place, bottom + 52, style)
        chart.text(LEFT + place + 10, bottom + 56, words, 'fill="#000"')
    return chart.svg()


def costs(groups):
    """`groups`: a mode, words for a difference of losses, and names with that difference for every seed. A dot a seed, a bar their mean."""
    count = sum(1 + len(lines) for _, _, lines in groups)
    bottom = 40 + STEP * count
    chart = Chart("What a mask costs, and what leaving parts out costs, seed by seed",
                  "validation loss more than the other adapter of the same seed, nats; a dot a seed, a bar their mean",
                  "What a mask costs is what leaving attention out of the adapter costs", -0.01, 0.045, ("0", "0.01", "0.02", "0.03", "0.04"), bottom, bottom + 46)
    y = 54
    for mode, words, lines in groups:
        chart.text(12, y + 4, words, 'font-weight="bold"')
        for name, seeds in lines:
            y += STEP
            chart.text(LEFT - 12, y + 4, name, 'text-anchor="end"')
            mean = chart.x(statistics.mean(seeds))
            chart.parts.append(f'<line x1="{mean:.1f}" x2="{mean:.1f}" y1="{y - 9}" y2="{y + 9}" stroke="#333" stroke-width="2"/>')
            for seed in seeds: chart.dot(chart.x(seed), y, MARKS[mode][1])
        y += STEP
    return chart.svg()

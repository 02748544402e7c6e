"""The figure of runs/, for tables.py; standard library only."""
import statistics

LEFT, WIDTH, RIGHT, STEP = 150, 460, 24, 30
PLAIN, MASKED = 'fill="#3b6ea5"', 'fill="#fff" stroke="#c26a2d" stroke-width="2"'


def verdicts(lines, base):
    """`lines`: a name, and accuracies by seed unmasked and masked. A dot a seed, a bar their mean, a grey line from one mean to the other."""
    bottom = 50 + STEP * len(lines)
    height, whole = bottom + 62, LEFT + WIDTH + RIGHT
    x = lambda accuracy: LEFT + WIDTH * (accuracy - 45) / 55
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {whole} {height}" font-family="sans-serif" font-size="12">',
             "<title>Accuracy of verdicts by what the adapter may change, with and without the mask</title>",
             f'<rect width="{whole}" height="{height}" fill="#fff"/>']
    text = lambda at, y, words, style: parts.append(f'<text x="{at:.1f}" y="{y}" {style}>{words}</text>')
    text(12, 22, "Verdicts that are right, by kind of adapter", 'font-size="14" font-weight="bold"')
    for mark in (50, 60, 70, 80, 90, 100):
        parts.append(f'<line x1="{x(mark):.1f}" x2="{x(mark):.1f}" y1="36" y2="{bottom}" stroke="#ddd"/>')
        text(x(mark), bottom + 16, f"{mark} %", 'text-anchor="middle" fill="#555"')
    if base: parts.append(f'<line x1="{x(base):.1f}" x2="{x(base):.1f}" y1="36" y2="{bottom}" stroke="#999" stroke-dasharray="4 3"/>')
    for index, (name, *modes) in enumerate(lines):
        y = 58 + STEP * index
        text(LEFT - 12, y + 4, name, 'text-anchor="end"')
        means = [statistics.mean(values) for values in modes if values]
        if len(means) == 2: parts.append(f'<line x1="{x(means[0]):.1f}" x2="{x(means[1]):.1f}" y1="{y}" y2="{y}" stroke="#bbb" stroke-width="2"/>')
        for mean in means: parts.append(f'<line x1="{x(mean):.1f}" x2="{x(mean):.1f}" y1="{y - 9}" y2="{y + 9}" stroke="#333" stroke-width="2"/>')
        for values, style in zip(modes, (PLAIN, MASKED)):
            for value in values: parts.append(f'<circle cx="{x(value):.1f}" cy="{y}" r="4.5" {style}/>')
    for place, style, words in ((0, PLAIN, "acts everywhere"), (130, MASKED, "masked: off before the separator")):
        parts.append(f'<circle cx="{LEFT + place}" cy="{bottom + 42}" r="4.5" {style}/>')
        text(LEFT + place + 10, bottom + 46, words, "")
    return "\n".join(parts + ["</svg>"]) + "\n"

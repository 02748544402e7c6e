#!/usr/bin/env python3
"""Kills runs of leibniz at random moments and resumes them, until the reports are there; every byte must be that of a run that was
left alone, and nothing that looks like a report may stand there before.

    kill-runs.py [--kills 100] [--seed 1] leibniz analyze base adapter --prompts prompts.jsonl --batch-tokens 512

Three kinds of run take turns: the undivided one, and each of two shards, which are merged whenever both are there.
"""
import argparse, filecmp, pathlib, random, shutil, signal, subprocess, sys, tempfile, time


def same(left, right):
    """Whether two folders hold the same files byte by byte."""
    names = [sorted(str(p.relative_to(d)) for p in d.rglob("*") if p.is_file()) for d in (left, right)]
    return names[0] == names[1] and not any(filecmp.cmpfiles(left, right, names[0], shallow=False)[1:])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("command", nargs=argparse.REMAINDER)
    options = parser.parse_args()
    draw = random.Random(options.seed)
    root = pathlib.Path(tempfile.mkdtemp(prefix="kill-runs-"))
    whole = root / "whole"
    quiet = dict(stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    begin = time.monotonic()
    subprocess.run(options.command + ["--quiet", "--output", str(whole)], check=True)
    duration = time.monotonic() - begin
    runs = [(root / "run", []), (root / "1", ["--shard", "1/2"]), (root / "2", ["--shard", "2/2"])]
    kills = completed = resumed = turn = 0
    while kills < options.kills:
        output, extra = runs[turn]
        command = options.command + extra + ["--quiet", "--resume", "--output", str(output)]
        process = subprocess.Popen(command, **quiet)
        try:
            process.wait(draw.uniform(0, duration / (2 if extra else 1) * 0.7))
        except subprocess.TimeoutExpired:
            resumed += (root / (output.name + ".partial")).exists()
            process.send_signal(signal.SIGKILL)
            process.wait()
            kills += 1
        if process.returncode not in (0, -signal.SIGKILL):
            sys.exit(f"{output.name} ended with {process.returncode}: {process.stderr.read().decode()}")
        if process.returncode != 0 and output.exists() and not extra and not same(output, whole):
            sys.exit(f"half a report in {output}")
        if not output.exists():
            continue
        completed += 1
        turn = (turn + 1) % len(runs)
        if turn == 1:
            if not same(output, whole):
                sys.exit(f"{output} differs from {whole}")
            shutil.rmtree(output)
        elif turn == 0:
            parts = [str(folder) for folder, own in runs if own]
            merged = root / "merged"
            subprocess.run([options.command[0], "merge", *parts, "--quiet", "--output", str(merged)], check=True)
            if not same(merged, whole):
                sys.exit(f"{merged} differs from {whole}")
            for folder in [*parts, merged]:
                shutil.rmtree(folder)
    print(f"{kills} kills ({resumed} with batches that were kept), {completed} runs ended, all bytes the same; "
          f"a run left alone takes {duration:.1f} s")
    shutil.rmtree(root)


if __name__ == "__main__":
    main()

#!/usr/bin/env xsh
"""Batches wait for their slowest and pause between; a limit alone keeps every place busy, also with a long tail."""
with tempdir() as logs:
    files = [logs / f"{n}.log" for n in range(6)]
    for file in files:
        file.write_text("log\n" * 1000)
    for number, batch in enumerate(batched(files, 2), 1):
        if number > 1:
            await sleep("400ms")
        await gather(*[$`gzip ${file}` for file in batch])
        print(f"batch {number}/3")
    print(f"{len(glob(f'{logs}/*.gz'))} packed")

start = time.monotonic()
await gather([$`sleep ${seconds}` for seconds in (2, *[0.2] * 10)], limit=2)
print(f"a long tail, two at once: {time.monotonic() - start:.1f} s")

# Output:
#   batch 1/3
#   batch 2/3
#   batch 3/3
#   6 packed
#   a long tail, two at once: 2.0 s

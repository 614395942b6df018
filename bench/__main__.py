"""`make bench`: prints what Écluse costs, each figure beside what bounds it, measured in the same run."""

from bench import core, embedded


def main() -> None:
    """Measure, print, and say how far from the aim."""
    figures = core.measure()
    print("one CRM event of 1 KB, microseconds, median of rounds taken in turn")
    print(f"  orjson load + dump of it       {figures.orjson_us:8.2f}")
    print(f"  the whole decision, both gates {figures.decision_us:8.2f}   {figures.ratio:.2f} x   (aim: at most 3 x)")
    for result in embedded.measure():
        print(f"\nembedded, {result.store}, on disk: {result.events} events, {result.settings}")
        print(f"  bare insert loop of the same sealed bytes {result.bare_per_s:10,.0f} /s")
        share = result.events_per_s / result.bare_per_s
        print(f"  event in to command out                   {result.events_per_s:10,.0f} /s   {share:.0%} of it")


if __name__ == "__main__":
    main()

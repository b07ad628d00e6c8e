"""本溪市示例方案(脚本版);the default scenario through the API.

python scenarios/benxi_2025.py
"""

from pathlib import Path

import planner

HERE = Path(__file__).parent


def main() -> None:
    """Run the default scenario and say what it found."""
    scenario = planner.read_scenario(HERE / "benxi_2025.toml")
    outcome = planner.run_scenario(scenario)
    planner.write_outcome(outcome, HERE.parent / "maps" / scenario.name, language="zh")
    city = outcome.walking[0].baseline["city"]
    print(f"步行覆盖率 {city.share:.1%}({city.covered:,.0f} / {city.total:,.0f} 人)")
    for pick in outcome.plan.picks:
        print(f"{pick.order:2d} {pick.name}: +{pick.gain:,.0f} 人,累计 {pick.cumulative_share:.1%}")


if __name__ == "__main__":
    main()

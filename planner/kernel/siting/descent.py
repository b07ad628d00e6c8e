"""Subgradient descent on the prices of demand, and the nodes of a search tree built on it.

The compiled part of `planner.kernel.siting.bound` and `planner.kernel.siting.tree`, in one file
because its functions call one another.
"""

import numpy as np
from numpy.typing import NDArray

from planner.kernel.compiled import compiled
from planner.kernel.siting.nodes import FREE, IN, OUT, STEPS, Pool, Record, Task
from planner.kernel.siting.reduce import Merged

F64 = NDArray[np.float64]
I32 = NDArray[np.int32]
I8 = NDArray[np.int8]
U16 = NDArray[np.uint16]

_CLOSED = -1  # no branch: nothing below the node is better


@compiled
def money_price(value: F64, cost: F64, limit: float) -> tuple[float, float]:
    """Return the largest and smallest price of money at which the budget is just spent."""
    rate = np.empty(len(value))
    for s in range(len(value)):
        rate[s] = value[s] / cost[s] if cost[s] > 0 else 1e300
    order = np.argsort(-rate)
    spent = 0.0
    for k in range(len(order)):
        s = order[k]
        if value[s] <= 0:
            return 0.0, 0.0
        spent += cost[s]
        if cost[s] > 0 and spent > limit:
            return rate[s], rate[s]
        if cost[s] > 0 and spent == limit:
            after = 0.0
            if k + 1 < len(order):
                after = max(0.0, rate[order[k + 1]])
            return rate[s], after
    return 0.0, 0.0


@compiled
def _take_best(  # noqa: C901, PLR0912 - one flat loop, compiled
    value: F64, cost: F64, limit: float, state: I8, take: F64
) -> float:
    """Fill the budget with the best free candidates (the last in part); return their value.

    `state` is 1 for candidates in the plan, -1 for those out of it, 0 for free ones; `limit` is
    what the free ones may cost.
    """
    sites = len(value)
    total = 0.0
    keys = np.empty(sites)
    count = 0
    same = True
    first = -1.0
    for s in range(sites):
        take[s] = 0.0
        if state[s] == 1:
            take[s] = 1.0
            total += value[s]
        elif state[s] == 0 and value[s] > 0:
            if cost[s] <= 0:
                take[s] = 1.0
                total += value[s]
                continue
            if first < 0:
                first = cost[s]
            same &= cost[s] == first
            keys[count] = value[s] / cost[s]
            count += 1
    if same and count and limit >= first and limit == np.floor(limit / first) * first:
        room = int(limit / first)
        edge = 0.0
        if room < count:
            edge = np.partition(keys[:count], count - room)[count - room]
        ties = room
        for s in range(sites):
            if state[s] == 0 and value[s] > 0 and cost[s] > 0 and value[s] / cost[s] > edge:
                take[s] = 1.0
                total += value[s]
                ties -= 1
        for s in range(sites):
            if (
                ties > 0
                and state[s] == 0
                and cost[s] > 0
                and take[s] == 0.0
                and value[s] > 0
                and value[s] / cost[s] == edge
            ):
                take[s] = 1.0
                total += value[s]
                ties -= 1
        return total
    ratio = np.full(sites, -1.0)
    for s in range(sites):
        if state[s] == 0 and value[s] > 0 and cost[s] > 0:
            ratio[s] = value[s] / cost[s]
    left = limit
    for s in np.argsort(-ratio):
        if ratio[s] <= 0 or left <= 0:
            break
        part = min(1.0, left / cost[s])
        take[s] = part
        total += part * value[s]
        left -= part * cost[s]
    return total


@compiled
def descend(  # noqa: C901, PLR0912 - one flat loop, compiled
    merged: Merged,
    rules: tuple[F64, float, I8],
    price: F64,
    plan_value: float,
    pace: tuple[int, float, int],
) -> tuple[F64, float, F64]:
    """Take subgradient steps from `price`; return the best prices, their bound, and use of sites.

    `rules` are costs, the limit for free candidates, and the state of `_take_best`; `pace` is the
    largest number of steps, the first step size and the steps without progress that shorten it.
    """
    cost, limit, state = rules
    start, row, weight = merged.start, merged.row, merged.weight
    rows, sites = len(weight), len(cost)
    best_price, best = price.copy(), 1e300
    value, take, taken = np.empty(sites), np.zeros(sites), np.zeros(sites)
    way = np.zeros(rows)
    rounds, factor, patience = pace
    stall = 0
    for _ in range(rounds):
        value[:] = merged.alone
        bound = 0.0
        for j in range(rows):
            u = price[j]
            bound += weight[j] - u
            if u > 0:
                for k in range(start[j], start[j + 1]):
                    value[row[k]] += u
        bound += _take_best(value, cost, limit, state, take)
        taken *= 0.95
        taken += 0.05 * take
        if bound < best - 1e-5 * abs(best - plan_value):
            stall = 0
        else:
            stall += 1
        if bound < best:
            best = bound
            best_price[:] = price
        if best < plan_value + 1e-9 or factor < 0.0008:
            break
        if stall >= patience:
            stall = 0
            factor *= 0.7
            price[:] = best_price
            way[:] = 0.0
            continue
        norm = 0.0
        for j in range(rows):
            served = 0.0
            for k in range(start[j], start[j + 1]):
                served += take[row[k]]
            g = served - 1.0
            if (price[j] <= 0 and g > 0) or (price[j] >= weight[j] and g < 0):
                g = 0.0
            way[j] = 0.9 * way[j] + 0.1 * g
            norm += way[j] * way[j] * weight[j]
        if norm <= 0:
            break
        size = factor * (bound - plan_value) / norm
        for j in range(rows):
            price[j] = min(weight[j], max(0.0, price[j] - size * way[j] * weight[j]))
    return best_price, best, taken


@compiled
def trim_rows(merged: Merged, state: I8) -> tuple[Merged, I32, float]:
    """Return the rows left at a node, where each came from, and what is reached for certain.

    Rows with one free candidate become its profit; people nobody can reach any more are left out.
    """
    start, row, weight = merged.start, merged.row, merged.weight
    rows = len(weight)
    new_start = np.zeros(rows + 1, np.int64)
    new_row = np.empty(len(row), np.int32)
    new_weight = np.empty(rows)
    origin = np.empty(rows, np.int32)
    alone = merged.alone.copy()
    sure = 0.0
    for s in range(len(state)):
        if state[s] == IN:
            sure += alone[s]
    count, at = 0, 0
    for j in range(rows):
        begin, served = at, False
        for k in range(start[j], start[j + 1]):
            s = row[k]
            if state[s] == IN:
                served = True
                break
            if state[s] == FREE:
                new_row[at] = s
                at += 1
        if served:
            sure += weight[j]
            at = begin
        elif at - begin == 1:
            alone[new_row[begin]] += weight[j]
            at = begin
        elif at > begin:
            new_weight[count] = weight[j]
            origin[count] = j
            count += 1
            new_start[count] = at
    small = Merged(new_start[: count + 1], new_row[:at], new_weight[:count], alone)
    return small, origin[:count], sure


@compiled
def _money_left(task: Task, state: I8) -> float:
    left = task.limit
    for s in range(len(state)):
        if state[s] == IN:
            left -= task.cost[s]
    return left


@compiled
def _plan_at(task: Task, state: I8, rank: F64) -> tuple[float, I8]:
    """Return the plan of the sites in `state` filled up by `rank`, and the people it reaches."""
    plan = state.copy()
    left = _money_left(task, state)
    for s in np.argsort(-rank):
        if plan[s] == FREE and rank[s] > 0 and task.cost[s] <= left + 1e-9:
            plan[s] = IN
            left -= task.cost[s]
    total = 0.0
    for s in range(len(plan)):
        if plan[s] == IN:
            total += task.merged.alone[s]
    for j in range(len(task.merged.weight)):
        for k in range(task.merged.start[j], task.merged.start[j + 1]):
            if plan[task.merged.row[k]] == IN:
                total += task.merged.weight[j]
                break
    return total, plan


@compiled
def _share_out(merged: Merged, state: I8, origin: I32, price: F64, weight: F64) -> U16:
    """Return shares for all rows: none where served, full where one free candidate is left."""
    share = np.zeros(len(merged.weight), np.uint16)
    for j in range(len(share)):
        served = False
        for k in range(merged.start[j], merged.start[j + 1]):
            served |= state[merged.row[k]] == IN
        if not served:
            share[j] = STEPS
    for i in range(len(origin)):
        part = np.floor(price[i] / weight[i] * STEPS + 0.5)
        share[origin[i]] = np.uint16(min(float(STEPS), max(0.0, part)))
    return share


@compiled
def _fix(
    task: Task, state: I8, small: Merged, share: U16, sure: float
) -> tuple[float, float, float, F64]:
    """Return the exact bound at rounded prices, both prices of money, and values of candidates."""
    value = small.alone.copy()
    bound = sure
    for j in range(len(small.weight)):
        bound += small.weight[j] * (STEPS - share[j]) / STEPS
        u = small.weight[j] * share[j] / STEPS
        for k in range(small.start[j], small.start[j + 1]):
            value[small.row[k]] += u
    left = _money_left(task, state)
    for s in range(len(state)):
        if state[s] != FREE:
            value[s] = 0.0
    high, low = money_price(value, task.cost, left)
    bound += high * left
    for s in range(len(state)):
        if state[s] == FREE:
            bound += max(0.0, value[s] - high * task.cost[s])
    return bound, high, low, value


@compiled
def _settle(task: Task, state: I8, fixing: tuple[float, float, float, F64], target: float) -> bool:
    """Fix free candidates in `state` by reduced price; return whether the node is closed."""
    bound, high, low, value = fixing
    left = _money_left(task, state)
    for s in range(len(state)):
        if state[s] != FREE:
            continue
        if task.cost[s] > left + 1e-9:
            state[s] = OUT
            continue
        out = bound + min(0.0, value[s] - high * task.cost[s]) + task.guard < target
        into = bound - max(0.0, value[s] - low * task.cost[s]) + task.guard < target
        if out and into:
            return True
        if out:
            state[s] = OUT
        elif into:
            state[s] = IN
    return False


@compiled
def _choose_branch(state: I8, value: F64, taken: F64) -> int:
    best, pick = -1.0, -1
    for s in range(len(state)):
        if state[s] == FREE:
            score = (0.001 + min(taken[s], 1.0 - taken[s])) * (1.0 + value[s])
            if score > best:
                best, pick = score, s
    return pick


@compiled
def _pop(pool: Pool, deep: bool) -> int:  # noqa: FBT001 - compiled loops take no keywords
    """Return the open node with the best bound, or the newest where room is short."""
    if deep:
        return int(pool.used[0] - 1)
    best = 0
    for i in range(1, pool.used[0]):
        if pool.bound[i] > pool.bound[best]:
            best = i
    return best


@compiled
def _remove(pool: Pool, i: int) -> None:
    last = pool.used[0] - 1
    if i != last:
        pool.state[i] = pool.state[last]
        pool.share[i] = pool.share[last]
        pool.bound[i] = pool.bound[last]
        pool.number[i] = pool.number[last]
    pool.used[0] = last


@compiled
def work_nodes(
    task: Task, pool: Pool, record: Record, best: I8, goal: F64, pace: tuple[int, float, int]
) -> int:
    """Work on open nodes until record or pool is full or none is left; return how many.

    `best` is the best plan known, changed when a better one turns up, int8 (s,); `goal` what it
    reaches and the least step by which another must beat it; `pace` as in `descend`.
    """
    done = 0
    while done < len(record.number) and 0 < pool.used[0] < len(pool.bound):
        i = _pop(pool, 2 * pool.used[0] > len(pool.bound))
        state, share, number = pool.state[i].copy(), pool.share[i].copy(), pool.number[i]
        above = pool.bound[i]
        _remove(pool, i)
        small, origin, sure = trim_rows(task.merged, state)
        price = small.weight * share[origin].astype(np.float64) / STEPS
        left = _money_left(task, state)
        record.number[done], record.site[done] = number, _CLOSED
        if left < -1e-9:  # dearer than allowed
            done += 1
            continue
        aim = goal[0] + 0.7 * goal[1] - 2 * task.guard - sure
        hidden = -np.abs(state)  # only free candidates count
        price, _, taken = descend(small, (task.cost, left, hidden), price, aim, pace)
        share = _share_out(task.merged, state, origin, price, small.weight)
        fixing = _fix(task, state, small, share[origin], sure)
        value, plan = _plan_at(task, state, taken)
        if value > goal[0] + task.guard:
            goal[0] = value
            best[:] = plan
        target = goal[0] + goal[1]
        record.share[done] = share
        record.money[done, 0], record.money[done, 1] = fixing[1], fixing[2]
        if fixing[0] + task.guard >= target and not _settle(task, state, fixing, target):
            pick = _choose_branch(state, fixing[3], taken)
            record.site[done] = pick if pick >= 0 else len(state)
            bound = min(above, fixing[0])
            for side in (OUT, IN):
                if pick < 0 and side == IN:
                    break
                at = pool.used[0]
                pool.state[at], pool.share[at], pool.bound[at] = state, share, bound
                if pick >= 0:
                    pool.state[at, pick] = side
                pool.number[at] = pool.used[1]
                pool.used[0] += 1
                pool.used[1] += 1
        done += 1
    return done

"""The ways in which an expression can match: a graph of places, searched for a word that can be repeated.

Python's `re` tries the ways one after the other. Their number grows faster than the text only if some word
leads from a place back to it in two ways, or from a place to itself, to a second place, and from the second
place to itself (Weber and Seidl, "On the degree of ambiguity of finite automata", 1991).
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from re import _constants as sre  # type: ignore[attr-defined]
from typing import Any

from collectors.define.characters import ALL, NEWLINE, category, char_of, mask_of

FEW = 100
"""A repetition of no more rounds than this is a constant. More rounds are taken for endlessly many."""
_MOST_PLACES, _MOST_STEPS = 2000, 400_000
START, SEARCH = 0, 1
"""The place before the text, and the place of all that a search skips."""


@dataclass(frozen=True, slots=True)
class Exit:
    """A place from which the expression goes on if the next character is in `guard`, or the text ends.

    It is `sure` if the expression goes on whatever follows: from here, or from the next rounds of a
    possessive repetition.
    """

    place: int
    guard: int = ALL
    sure: bool = True


def _guarded(exits: Iterable[Exit], guard: int) -> list[Exit]:
    return [
        replace(each, guard=each.guard & guard, sure=each.sure and each.guard & guard == each.guard)
        for each in exits
    ]


@dataclass(slots=True)
class Ways:
    """The places of an expression. Each stands for one character; `after` says which places may follow it.

    mask    the characters of a place, as bits
    atoms   the atomic groups and lookarounds in which a place lies
    twice   the steps that the expression can take in more than one way
    over    the places at which the match has succeeded, whatever follows
    entries stand, while a repetition is read, for all that leads into it
    copies  of a place are as easily reached as itself, but by some characters only: lookbehinds ask for that
    """

    mask: list[int] = field(default_factory=lambda: [0, ALL])
    atoms: list[frozenset[int]] = field(default_factory=lambda: [frozenset(), frozenset()])
    after: list[dict[int, int]] = field(default_factory=lambda: [{}, {}])
    twice: set[tuple[int, int]] = field(default_factory=set)
    over: set[int] = field(default_factory=set)
    entries: set[int] = field(default_factory=set)
    copies: dict[int, list[tuple[int, int]]] = field(default_factory=dict)

    def place(self, mask: int, atoms: frozenset[int]) -> int:
        """A new place for one of the characters in `mask`."""
        if len(self.mask) >= _MOST_PLACES:
            raise ValueError("the expression is too large to be judged: split it")
        self.mask.append(mask)
        self.atoms.append(atoms)
        self.after.append({})
        return len(self.mask) - 1

    def connect(self, exits: Iterable[Exit], place: int, mask: int) -> None:
        """Let `place` follow each of `exits`, by the characters in `mask`."""
        exits = list(exits)
        for copy, wanted in self.copies.get(place, ()):
            self.connect(exits, copy, mask & wanted)
        for each in exits:
            if shared := each.guard & mask:
                known = self.after[each.place].get(place, 0)
                if known & shared:
                    self.twice.add((each.place, place))
                self.after[each.place][place] = known | shared

    def search(self) -> Exit:
        """Let the expression begin anywhere in the text, and not at its start alone."""
        exits = [Exit(START), Exit(SEARCH)]
        self.connect(exits, SEARCH, ALL)
        return exits[1]

    def end(self, exits: Iterable[Exit]) -> None:
        """The match has succeeded at these exits."""
        self.over.update(each.place for each in exits if each.sure)

    def sequence(
        self, nodes: Iterable[Any], exits: list[Exit], flags: int, atoms: frozenset[int]
    ) -> list[Exit]:
        """The exits after all of `nodes`, one behind the other."""
        for node in nodes:
            exits = self.node(node, exits, flags, atoms)
        return exits

    def node(self, node: Any, exits: list[Exit], flags: int, atoms: frozenset[int]) -> list[Exit]:
        """The exits after one node of the parsed expression."""
        kind, value = node
        if (mask := mask_of(node, flags)) is not None:
            place = self.place(mask, atoms)
            self.connect(exits, place, mask)
            return [Exit(place)]
        match str(kind):
            case "SUBPATTERN":
                _, added, removed, inner = value
                return self.sequence(inner, exits, (flags | added) & ~removed, atoms)
            case "BRANCH":
                return [out for inner in value[1] for out in self.sequence(inner, exits, flags, atoms)]
            case "MAX_REPEAT" | "MIN_REPEAT":
                return self.repeat(value, exits, flags, atoms)
            case "POSSESSIVE_REPEAT":
                outs = self.repeat(value, exits, flags, atoms | {len(self.mask)})
                _, most, inner = value
                single = mask_of(inner[0], flags) if len(inner) == 1 else None
                if single is None or most <= FEW:
                    return outs
                return [replace(each, guard=each.guard & ~single) for each in outs]
            case "ATOMIC_GROUP":
                return self.sequence(value, exits, flags, atoms | {len(self.mask)})
            case "ASSERT" | "ASSERT_NOT":
                return self.look(kind, value, exits, flags, atoms)
            case "AT":
                return self.at(str(value), exits, flags)
            case "GROUPREF_EXISTS":
                return [
                    out
                    for inner in value[1:]
                    for out in (self.sequence(inner, exits, flags, atoms) if inner else exits)
                ]
            case "GROUPREF":  # it stands for any text
                return self.repeat((0, sre.MAXREPEAT, [(sre.ANY, None)]), exits, flags | re.DOTALL, atoms)
        raise ValueError(f"the expression has a {kind}, which cannot be judged")

    def repeat(self, value: Any, exits: list[Exit], flags: int, atoms: frozenset[int]) -> list[Exit]:
        """The exits after a repetition."""
        least, most, inner = value
        for _ in range(min(least, 2)):
            exits = self.sequence(inner, exits, flags, atoms)
        if most - least <= FEW:
            outs = list(exits)
            for _ in range(min(most - least, 2)):
                exits = self.sequence(inner, exits, flags, atoms)
                outs += exits
            return outs
        entry = self.place(0, atoms)  # it stands for all that leads into the repetition
        self.entries.add(entry)
        outs = [each for each in self.sequence(inner, [Exit(entry)], flags, atoms) if each.place != entry]
        self.entries.discard(entry)
        first, self.after[entry] = self.after[entry], {}
        for place, mask in first.items():
            self.connect([*exits, *outs], place, mask)
            if (entry, place) in self.twice:
                self.twice |= {(each.place, place) for each in (*exits, *outs)}
        if entry in self.over:
            self.over |= {each.place for each in exits}
        return [*exits, *outs]

    def look(
        self, kind: Any, value: tuple[int, Any], exits: list[Exit], flags: int, atoms: frozenset[int]
    ) -> list[Exit]:
        """The exits after a lookahead, or after a look back if the direction in `value` is negative."""
        direction, inner = value
        single = mask_of(inner[0], flags) if len(inner) == 1 else None
        wanted = single if single is None or kind is sre.ASSERT else ALL & ~single
        if direction < 0:
            if wanted is None:
                return [replace(each, sure=False) for each in exits]
            return self.behind(exits, wanted, start=kind is sre.ASSERT_NOT)
        exits = [replace(each, sure=False) for each in exits]
        if wanted is not None:
            return _guarded(exits, wanted)
        before = {each.place: dict(self.after[each.place]) for each in exits}
        outs = self.sequence(inner, exits, flags, atoms | {-len(self.mask)})
        empty = any(out.place in before for out in outs)
        if kind is sre.ASSERT and not empty:
            first = 0
            for place, known in before.items():
                for step, mask in self.after[place].items():
                    first |= mask & ~known.get(step, 0)
            return _guarded(exits, first)
        return exits

    def behind(self, exits: list[Exit], wanted: int, *, start: bool) -> list[Exit]:
        """`exits` where the character before is in `wanted`; `start` if that holds at the text's start."""
        outs = []
        for each in exits:
            if each.place == START:
                outs += [each] * start
            elif each.place in self.entries:
                outs.append(replace(each, sure=False))
            elif self.mask[each.place] & wanted == self.mask[each.place]:
                outs.append(each)
            elif kept := self.mask[each.place] & wanted:
                copy = self.place(kept, self.atoms[each.place])
                for leads in self.after:
                    if known := leads.get(each.place, 0) & kept:
                        leads[copy] = known
                self.copies.setdefault(each.place, []).append((copy, kept))
                outs.append(replace(each, place=copy))
        return outs

    def at(self, where: str, exits: list[Exit], flags: int) -> list[Exit]:
        """The exits at which an anchor holds."""
        if where == "AT_BEGINNING" and flags & re.MULTILINE:
            return self.behind(exits, NEWLINE, start=True)
        if where.startswith("AT_BEGINNING"):
            first = [each for each in exits if each.place == START]
            return first + [replace(each, sure=False) for each in exits if each.place in self.entries]
        if where == "AT_END":
            return _guarded(exits, NEWLINE)
        if where == "AT_END_STRING":
            return _guarded(exits, 0)
        if where == "AT_BOUNDARY":
            word = category("CATEGORY_WORD", flags)
            into = _guarded(self.behind(exits, ALL & ~word, start=True), word)
            return into + _guarded(self.behind(exits, word, start=False), ALL & ~word)
        return [replace(each, sure=False) for each in exits]

    # What follows asks the finished graph.

    def pumped(self) -> Iterator[tuple[str, str]]:
        """A prefix and a word of each text with too many ways."""
        if SEARCH in self.over:
            self.after[SEARCH].clear()  # the first try succeeds
        alive = self._reached()
        loops = self._loops(alive)
        ring = {place: loop for loop in loops for place in loop}
        for loop in loops:
            if (found := self._two_ways_round(loop)) is not None:
                yield (self._path(START, loop[0], alive), found)
        for p, at in ring.items():
            beyond = self._reached(p)
            for q, to in ring.items():
                if to is at or q not in beyond or self._one_way_out(at, q):
                    continue
                if (word := self._word(p, set(at), q, set(to), beyond)) is not None:
                    yield (self._path(START, p, alive), word)

    def _one_way_out(self, loop: Sequence[int], place: int) -> bool:
        """Whether all of `loop` lies in an atomic group that has been left at `place`."""
        return bool(frozenset.intersection(*(self.atoms[each] for each in loop)) - self.atoms[place])

    def _steps(self, place: int, *, to_the_end: bool = True) -> Iterable[tuple[int, int]]:
        """The places after `place`, with the characters that lead there.

        Not `to_the_end`: without those where the match has succeeded, so that no other way is tried.
        """
        steps = self.after[place].items()
        return steps if to_the_end else [step for step in steps if step[0] not in self.over]

    def _reached(self, start: int = START) -> set[int]:
        found, todo = {start}, [start]
        while todo:
            for step, _ in self._steps(todo.pop()):
                if step not in found:
                    found.add(step)
                    todo.append(step)
        return found

    def _loops(self, alive: set[int]) -> list[list[int]]:
        """The sets of places that lead to each other, of which each step can be taken again and again."""
        reach = {place: self._reached(place) for place in alive}
        back = {
            place: [step for step, _ in self._steps(place) if place in reach.get(step, ())] for place in alive
        }
        loops: list[list[int]] = []
        seen: set[int] = set()
        for place in alive:
            if back[place] and place not in seen:
                loop = [other for other in reach[place] if place in reach[other]]
                seen.update(loop)
                loops.append(sorted(loop))
        return loops

    def _two_ways_round(self, loop: list[int]) -> str | None:
        """A word that leads from a place of `loop` back to it in two ways."""
        inside = set(loop)
        for place in loop:
            for step, mask in self._steps(place, to_the_end=False):
                if step in inside and (place, step) in self.twice:
                    return char_of(mask) + self._path(step, place, inside)
        if len(loop) == 1:
            return None
        found: dict[tuple[int, int], tuple[tuple[int, int], str] | None] = {
            (each, each): None for each in loop
        }
        todo = deque(found)
        while todo:
            pair = todo.popleft()
            for one, mask in self._steps(pair[0], to_the_end=False):
                for other, other_mask in self._steps(pair[1], to_the_end=False):
                    shared = mask & other_mask
                    both = (one, other)
                    if not shared or not {one, other} <= inside:
                        continue
                    if one == other and pair[0] != pair[1]:
                        if self._apart_in_atom(pair, inside):
                            continue
                        word, at = char_of(shared), pair
                        while (before := found[at]) is not None:
                            at, char = before
                            word = char + word
                        return word + self._path(one, at[0], inside)
                    if both not in found and one != other:
                        found[both] = (pair, char_of(shared))
                        todo.append(both)
            if len(found) > _MOST_STEPS:
                raise ValueError("the expression is too large to be judged: split it")
        return None

    def _apart_in_atom(self, pair: tuple[int, int], loop: set[int]) -> bool:
        """Whether both places lie in one atomic group that is left in each round: then one way is dropped."""
        shared = self.atoms[pair[0]] & self.atoms[pair[1]]
        return bool(shared - frozenset.intersection(*(self.atoms[each] for each in loop)))

    def _word(self, p: int, at: set[int], q: int, to: set[int], beyond: set[int]) -> str | None:
        """A word that leads from `p` to `p`, from `p` to `q`, and from `q` to `q`."""
        start, goal = (p, p, q), (p, q, q)
        found: dict[tuple[int, int, int], tuple[tuple[int, int, int], str] | None] = {start: None}
        todo = deque([start])
        while todo:
            here = todo.popleft()
            for one, mask_1 in self._steps(here[0]):
                if one not in at:
                    continue
                for three, mask_3 in self._steps(here[2]):
                    if three not in to or not mask_1 & mask_3:
                        continue
                    for two, mask_2 in self._steps(here[1], to_the_end=False):
                        step = (one, two, three)
                        shared = mask_1 & mask_2 & mask_3
                        if not shared or two not in beyond or step in found:
                            continue
                        found[step] = (here, char_of(shared))
                        if step == goal:
                            return _spelled(found, step)
                        todo.append(step)
            if len(found) > _MOST_STEPS:
                raise ValueError("the expression is too large to be judged: split it")
        return None

    def _path(self, start: int, goal: int, within: set[int]) -> str:
        """A shortest text that leads from `start` to `goal`."""
        found: dict[int, tuple[int, str] | None] = {start: None}
        todo = deque([start])
        while todo and goal not in found:
            here = todo.popleft()
            for step, mask in self._steps(here):
                if step in within and step not in found:
                    found[step] = (here, char_of(mask))
                    todo.append(step)
        return _spelled(found, goal) if goal in found else ""


def _spelled(found: Any, goal: Any) -> str:
    """The characters of the steps that led to `goal`."""
    chars = []
    while (before := found[goal]) is not None:
        goal, char = before
        chars.append(char)
    return "".join(reversed(chars))

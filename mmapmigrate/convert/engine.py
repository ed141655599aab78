# SPDX-License-Identifier: GPL-2.0-only
"""Converter: from an ops table's member to the conversion of all that must change with it."""

from __future__ import annotations

from contextlib import suppress

from msgspec.structs import replace

from mmapmigrate.convert import gate
from mmapmigrate.convert.collect import Place
from mmapmigrate.convert.conversion import Conversion, Reason, Tier
from mmapmigrate.convert.draft import Draft, agree, join, writable
from mmapmigrate.convert.drafting import Drafter, Suppressed, reference
from mmapmigrate.convert.gatekeeper import Gatekeeper
from mmapmigrate.convert.names import mentions
from mmapmigrate.convert.reach import MOST_TOGETHER, SpreadError, given_up, home_of
from mmapmigrate.convert.tables.variables import Holder, handed_to, holder_of
from mmapmigrate.kernel.api import KernelApi
from mmapmigrate.model.file import FileModel
from mmapmigrate.model.mentions import UnreadError
from mmapmigrate.model.ops import OpsEntry
from mmapmigrate.model.project import Project

MANY = 16
"""Of more hooks than that in one file, the gate reads it for all at once. No file of Linux 7.3 has half."""


MANY_FILES = 32
"""From so many files the hooks pass the gate together, and no model is kept longer."""


class Converter:
    """Converts hooks of one project for one kernel; each connected set once.

    ``suppressed(path, offset)`` tells whether a hook's finding is suppressed there. ``recheck(after)``
    returns what a linter finds in a file's new text that it did not find in the old: the gate lets nothing
    through that does.
    ``skeletons`` asks for the skeletons of what cannot be converted.
    """

    def __init__(
        self,
        project: Project,
        api: KernelApi,
        *,
        suppressed: Suppressed | None = None,
        recheck: gate.Recheck | None = None,
        skeletons: bool = False,
    ) -> None:
        self._skeletons = skeletons
        self._project = project
        self._drafter = Drafter(project, api, suppressed)
        self._gate = Gatekeeper(project, recheck)
        self._done: dict[tuple[str, str], Conversion] = {}
        self._crowded: set[str] = set()
        self._apart: set[tuple[tuple[str, str], ...]] = set()
        self._homes: dict[tuple[str, str], tuple[str, str]] = {}

    def conversion(self, file: FileModel, entry: OpsEntry) -> Conversion:
        """The conversion of the hook that ``entry`` of ``file`` names: the same object for its whole set."""
        if entry.handler is None:
            return self._without_handler(file, entry)
        holder = holder_of(file, entry)
        if holder is not None:
            return self._held(file, entry, holder)
        known = self._homes.get((file.path, entry.handler))
        if known is None:
            known = self._homes[(file.path, entry.handler)] = self._converted(file, entry, entry.handler)
        return self._done[known]

    def forget(self) -> None:
        """Drops all conversions but those of several files, each of which would ask for them again."""
        paths: dict[int, set[str]] = {}
        for (path, _name), conversion in self._done.items():
            paths.setdefault(id(conversion), set()).add(path)
        self._done = {place: each for place, each in self._done.items() if len(paths[id(each)]) > 1}
        self._homes = {asked: home for asked, home in self._homes.items() if home in self._done}
        self._crowded.clear()

    def _converted(self, file: FileModel, entry: OpsEntry, handler: str) -> tuple[str, str]:
        """Convert the hook ``handler`` of ``entry``; returns where it is defined, and its name."""
        home = file
        try:
            home = home_of(self._project, file, handler)
            if (home.path, handler) not in self._done:
                self._convert_set(home, handler, file)
        except (SpreadError, UnreadError, RecursionError) as error:
            line = file.unit.source.position(entry.start).line
            reason = given_up(file.path, line, error)
            self._done[(home.path, handler)] = Conversion(
                file.path, line, handler, (reference(entry),), Tier.SKELETON, (reason,)
            )
        return home.path, handler

    def _convert_set(self, home: FileModel, handler: str, asked: FileModel) -> None:
        """Convert ``handler`` and the hooks that share helpers with it."""
        for crowd in (home, asked):
            if len(crowd.hooks()) > MANY and crowd.path not in self._crowded:
                self._crowded.add(crowd.path)
                self._convert_many(crowd)
                if (home.path, handler) in self._done:
                    return
        draft, places = self._drafted(home, handler, asked)
        conversion = self._gate.passed(draft)
        if self._skeletons and len(places) == 1:
            conversion = self._gate.with_skeleton(conversion, draft)
        self._done |= dict.fromkeys(places, conversion)

    def _convert_many(self, asked: FileModel) -> None:
        """Convert the hooks of tables of ``asked`` whose new forms can pass the gate in one text each file.

        It reads a file whole. The others, and what cannot be planned, are left for when they are asked for.
        """
        drafts: dict[tuple[str, str], Draft] = {}
        for handler in asked.hooks():
            with suppress(Exception):
                home = home_of(self._project, asked, handler)
                place = (home.path, handler)
                if place in self._done or not home.functions(handler):
                    continue
                draft, places = self._drafted(home, handler, asked)
                if len(places) > 1:
                    self._done |= dict.fromkeys(places, self._gate.passed(draft))
                elif draft.conversion.edits:
                    # The gate asks for no plan, and those of hundreds of hooks are large.
                    drafts[place] = replace(draft, members=())
            if len({path for path, _name in drafts}) >= MANY_FILES:
                self._done |= self._gate.passed_together(drafts)
                drafts.clear()
        self._done |= self._gate.passed_together(drafts)

    def _drafted(
        self, home: FileModel, handler: str, asked: FileModel
    ) -> tuple[Draft, list[tuple[str, str]]]:
        """``handler`` and the hooks that share helpers with it as one draft, if all can change together.

        Else it alone. Also returns where the hooks of the draft are defined, and their names.
        """
        alone = self._drafter.draft(home, handler, asked, ())
        mates = [(home, handler), *self._sharing(home, handler, alone)]
        homes = len({file.path for file, _name in mates})
        if homes > MOST_TOGETHER:
            shared = f"{handler}() shares helpers with hooks of {homes - 1} other files"
            raise SpreadError(f"{shared}, more than are converted together")
        together = tuple(sorted((file.path, name) for file, name in mates))
        if len(mates) > 1 and together not in self._apart:
            mates.sort(key=lambda mate: (mate[0].path, mate[1]))
            drafts = [
                self._drafter.draft(file, name, asked if file is home else file, mates)
                for file, name in mates
            ]
            joined = join(drafts)
            if writable(joined.conversion.reasons) and agree(drafts):
                return joined, list(together)
            # Each of them would ask for all again.
            self._apart.add(together)
        return alone, [(home.path, handler)]

    def _sharing(self, home: FileModel, handler: str, draft: Draft) -> list[Place]:
        """The other hooks that call a helper which ``draft`` had to keep for them."""
        found: dict[tuple[str, str], Place] = {}
        for helper in draft.helpers:
            for file in helper.files if helper.kept and not helper.exported else ():
                calls = [mention.offset for mention in mentions(file, helper.name)]
                for other in file.hooks():
                    spans = [
                        (f.node.start_byte, f.node.end_byte) for f in file.functions(other) if f.takes_vma
                    ]
                    if any(start <= at < end for start, end in spans for at in calls):
                        found[(file.path, other)] = (file, other)
        found.pop((home.path, handler), None)
        return list(found.values())

    def _without_handler(self, file: FileModel, entry: OpsEntry) -> Conversion:
        line = file.unit.source.position(entry.start).line
        reason = Reason(file.path, line, "computed-hook", "the hook is not named by the table", Tier.SKELETON)
        return Conversion(file.path, line, "", (reference(entry),), Tier.SKELETON, (reason,))

    def _held(self, file: FileModel, entry: OpsEntry, holder: Holder) -> Conversion:
        """A table that gets what a variable of some function holds."""
        line = file.unit.source.position(entry.start).line
        message = f"`{entry.handler}` is a variable of {holder.function.name}(), which may hold any function"
        code = "computed-hook"
        if holder.parameter is not None:
            code = "handed-over"
            message = f"`{entry.handler}` is what {holder.function.name}() is handed"
            given = ""
            with suppress(SpreadError, UnreadError):
                given = handed_to(self._project, file, holder)
            message += (
                f", such as {given}: it must change with them" if given else ": who calls it must change"
            )
        reason = Reason(file.path, line, code, message, Tier.SKELETON, holder.function.name)
        return Conversion(file.path, line, "", (reference(entry),), Tier.SKELETON, (reason,))

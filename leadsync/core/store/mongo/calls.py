"""The call journal on MongoDB: what was sent to providers, and what came back."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from pymongo import ReplaceOne, WriteConcern

from leadsync.core.models import Call, CallCost, CallState
from leadsync.core.store.clear_errors import clear_errors
from leadsync.core.store.mongo.encoding import unpack
from leadsync.core.store.mongo.numbers import next_number
from leadsync.core.store.mongo.records import call_from, call_to

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pymongo.database import Database


class CallJournal:
    """The part of the MongoDB store that keeps calls."""

    db: Database[Any]

    @clear_errors
    def add_calls(self, calls: Sequence[Call]) -> list[int]:
        """Write down, durably, that these requests are about to be sent; their ids."""
        if not calls:
            return []
        first = next_number(self.db, "calls", len(calls))
        ids = list(range(first, first + len(calls)))
        sent = [dataclasses.replace(c, id=i) for c, i in zip(calls, ids, strict=True)]
        # A paid request must not leave before its record has reached the disk.
        durable = self.db["calls"].with_options(write_concern=WriteConcern(j=True))
        durable.insert_many([call_to(call) for call in sent])
        return ids

    @clear_errors
    def finish_calls(self, calls: Sequence[Call]) -> None:
        """Write down what became of calls."""
        if calls:
            self.db["calls"].bulk_write(
                [ReplaceOne({"_id": call.id}, call_to(call), upsert=True) for call in calls],
                ordered=False,
            )

    @clear_errors
    def find_answers(self, request_hashes: Sequence[str]) -> dict[str, Call]:
        """Answered, reusable calls by request hash (the newest of each)."""
        found = self.db["calls"].find(
            {
                "requestHash": {"$in": list(request_hashes)},
                "state": str(CallState.ANSWERED),
                "cacheable": True,
            }
        )
        calls = (call_from(document) for document in found.sort("_id"))
        return {call.request_hash: call for call in calls}

    @clear_errors
    def calls(
        self,
        *,
        call_ids: Sequence[int] | None = None,
        run_id: int | None = None,
        operation: str = "",
        after: int = 0,
    ) -> list[Call]:
        """Calls by id, or those of a run: of one operation, with greater ids than `after`."""
        where: dict[str, Any] = {"_id": {"$in": list(call_ids or ())}}
        if call_ids is None:
            where = {"runId": run_id, "_id": {"$gt": after}}
            where |= {"operation": operation} if operation else {}
        return [
            call_from(document)
            for document in self.db["calls"].find(where).sort("_id").batch_size(500)
        ]

    @clear_errors
    def costs(self, *, since: str = "", run_id: int = 0) -> Iterator[CallCost]:
        """What calls have cost, in order of their ids, without what they said."""
        fields = dict.fromkeys(
            ("provider", "runId", "columnId", "startedAt", "leadIds", "state", "costUsdMicros",
             "units", "status", "cacheable", "isLook"), 1,
        )  # fmt: skip
        which: dict[str, Any] = {
            "startedAt": {"$gte": since},
            **({"runId": run_id} if run_id else {}),
        }
        found = self.db["calls"].find(which, fields).sort("_id")
        for stored in found.batch_size(1000):
            cost = stored["costUsdMicros"]
            units: dict[str, float] = unpack(stored["units"])
            most = units.pop("maxUsdMicros", None)
            yield CallCost(
                stored["provider"],
                int(stored["runId"]),
                int(stored.get("columnId", 0)),
                stored["startedAt"],
                tuple(int(lead_id) for lead_id in stored["leadIds"]),
                stored["state"] == CallState.ANSWERED,
                None if cost is None else int(cost),
                (None if most is None else int(most)) if cost is None else 0,
                units,
                is_refused=(stored.get("status") or 0) >= 400 and not stored.get("cacheable"),
                is_look=stored.get("isLook", False),
            )

    @clear_errors
    def spending(
        self,
        run_id: int,
        *,
        since: str = "",
        column_id: int = 0,
        provider: str = "",
        holder: str = "",
    ) -> tuple[int, list[Call]]:
        """What the answers of a run have cost, and its calls whose price nobody knows."""
        answered = str(CallState.ANSWERED)
        wanted = {"columnId": column_id, "provider": provider, "holder": holder}
        counted = {
            "runId": run_id,
            "startedAt": {"$gte": since},
            **{name: value for name, value in wanted.items() if value},
        }
        groups = self.db["calls"].aggregate(
            [
                {"$match": {**counted, "state": answered}},
                {"$group": {"_id": None, "paid": {"$sum": "$costUsdMicros"}}},
            ]
        )
        paid = sum(int(group["paid"]) for group in groups)
        unpriced = {"costUsdMicros": None, "units.maxUsdMicros": {"$gte": 0}}
        is_open = {"$or": [{"state": {"$ne": answered}}, unpriced]}
        found = self.db["calls"].find({**counted, **is_open}).sort("_id")
        return paid, [call_from(document) for document in found]

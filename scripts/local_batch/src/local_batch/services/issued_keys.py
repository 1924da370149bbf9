"""Access keys that this server's own STS and IAM handed out, and whether they still live."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local_batch.services.moto_workarounds import EXPIRES

if TYPE_CHECKING:
    from local_batch.services.moto_gate import MotoGate


def lives(gate: MotoGate, access_key_id: str) -> bool:
    """Say whether an access key was handed out here, is active, and has not expired."""
    if not gate.is_loaded:
        return False  # nobody has asked for one yet
    from moto.core.utils import utcnow
    from moto.iam.models import iam_backends
    from moto.sts.models import sts_backends

    for account, partitions in list(iam_backends.items()):
        for partition, backend in list(partitions.items()):
            key = backend.access_keys.get(access_key_id)
            if key is None:
                continue
            if key.status != "Active":
                return False
            role = sts_backends[account][partition].get_assumed_role_from_access_key(access_key_id)
            expires = role.expiration if role else getattr(key, EXPIRES, None)
            # Only a user's own key has no end.
            return bool(utcnow() < expires) if expires else key.user_name is not None
    return False

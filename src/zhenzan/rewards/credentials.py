"""Credentials: cards and rights issued as Open Badges, their revocation and status list."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from zhenzan.errors import CredentialError
from zhenzan.ledger import Ledger
from zhenzan.rewards.account_ids import id_of
from zhenzan.rewards.catalogue import Catalogue
from zhenzan.rewards.catalogue_tables import Issuing
from zhenzan.rewards.holdings import holds_card
from zhenzan.rewards.openbadge import Signer, achievement_credential, status_list_credential
from zhenzan.rewards.rights import Rights
from zhenzan.rewards.tables import CREDENTIALS
from zhenzan.times import DAY_US

__all__ = ["Credentials"]

What = tuple[str, str, int, str, str]  # account, edition, serial, right, creator


class _Issued(NamedTuple):
    """A row of the table, less its checksum; a card, or a right where `edition` is ""."""

    id: str
    number: int
    account: str
    edition: str
    serial: int
    right: str
    creator: str
    issued_at: int
    expires_at: int
    revoked_at: int


class Credentials:
    """Credentials that a ledger issues, signed with the issuer's key of 32 bytes: not the ledger's own.

    Raises CredentialError where the catalogue has no [credentials].
    """

    def __init__(self, ledger: Ledger, catalogue: Catalogue, private: bytes) -> None:
        if catalogue.credentials is None:
            raise CredentialError(
                "the catalogue issues no credentials; add [credentials] with `issuer` and `status_url`"
            )
        self.ledger, self.catalogue = ledger, catalogue
        self._about: Issuing = catalogue.credentials
        self.signer = Signer(private, self._about.issuer.en)

    def of_card(self, account: str, edition: str, serial: int) -> str:
        """The credential for a card that an account holds; asked for again, the same one.

        Raises CredentialError where the card is not theirs, or is frozen.
        """
        about = self.catalogue.edition(edition)
        if about is None:
            raise CredentialError(f"there is no edition {edition!r}")
        if not self._holds(account, edition, serial):
            raise CredentialError(f"{account!r} does not hold {edition}/{serial}, or it is frozen")
        criteria = f"Holds card {serial} of {about.cap} of the edition {about.name.en}, {about.rarity}."
        return self._signed(
            (account, edition, serial, "", ""), 0, about.kind, (about.name.en, about.name.zh), criteria
        )

    def of_right(self, account: str, right: str, creator: str = "") -> str:
        """The credential for a right that an account has now, for as long as it has it.

        Raises CredentialError where it has not; LedgerError where there is no such right.
        """
        entitlement = Rights(self.ledger, self.catalogue).check(account, right, creator)
        if entitlement is None:
            of = f" with {creator!r}" if creator else ""
            raise CredentialError(f"{account!r} has no right {right!r}{of}")
        about = next(candidate for candidate in self.catalogue.rights if candidate.id == right)
        criteria = f"Tier {entitlement.tier}, by {entitlement.by}."
        return self._signed(
            (account, "", 0, right, creator),
            entitlement.until,
            about.kind,
            (about.name.en, about.name.zh),
            criteria,
        )

    def revoke(self, id: str) -> None:
        """Revoke one for good; the next status list says so. Raises CredentialError where there is none."""
        issued = self._select("id = ?", id.removeprefix("urn:uuid:"))
        if not issued:
            raise CredentialError(f"there is no credential {id!r}")
        self._mark([credential for credential in issued if not credential.revoked_at])

    def status_list(self) -> str:
        """The list to publish at `status_url`. Whatever is no longer held is revoked now, for good."""
        self._mark(
            [credential for credential in self._select("revoked_at = ?", 0) if not self._stands(credential)]
        )
        revoked = [credential.number for credential in self._select("revoked_at > ?", 0)]
        issued = int(self.ledger.database.fetch("SELECT COUNT(*) FROM credentials")[0][0])
        now = self.ledger.clock()
        return status_list_credential(
            self.signer,
            self._about.status_url,
            revoked,
            issued,
            valid_from=now,
            valid_until=now + self._about.status_days * DAY_US,
        )

    def _signed(self, what: What, until: int, kind: str, names: tuple[str, str], criteria: str) -> str:
        issued = self._noted(what, until)
        return achievement_credential(
            self.signer,
            issued.number,
            issued.account,
            id=issued.id,
            kind=kind,
            names=names,
            criteria=criteria,
            evidence=self._evidence(issued.issued_at),
            issued_at=issued.issued_at,
            expires_at=until,
            status_url=self._about.status_url,
        )

    def _noted(self, what: What, until: int) -> _Issued:
        """What stands for this already, or a new one."""
        database, now = self.ledger.database, self.ledger.clock()
        with database.write() as connection:
            database.lock(connection, CREDENTIALS)
            for credential in self._select("account = ?", what[0]):
                if credential[2:7] == what and credential.expires_at == until and not credential.revoked_at:
                    return credential
            number = int(connection.exec_driver_sql("SELECT COUNT(*) FROM credentials").scalar_one())
            id = str(UUID(id_of(self.ledger, "credential", str(number), *map(str, what))))
            issued = _Issued(id, number, *what, now, until, 0)
            database.insert(connection, CREDENTIALS, [issued])
        return issued

    def _evidence(self, issued_at: int) -> str:
        """The ledger's last checkpoint before the credential was issued."""
        return self.ledger.last_note(issued_at)

    def _stands(self, issued: _Issued) -> bool:
        if issued.edition:
            return self._holds(issued.account, issued.edition, issued.serial)
        if issued.expires_at and issued.expires_at <= self.ledger.clock():
            return True  # it says so itself
        if issued.right not in {known_right.id for known_right in self.catalogue.rights}:
            return False
        rights = Rights(self.ledger, self.catalogue)
        return rights.check(issued.account, issued.right, issued.creator) is not None

    def _holds(self, account: str, edition: str, serial: int) -> bool:
        frozen = self.ledger.card_hold(edition, serial).endswith(":freeze")
        return holds_card(self.ledger, account, edition, serial) and not frozen

    def _mark(self, issued: Sequence[_Issued]) -> None:
        """Revoke them now."""
        database, now = self.ledger.database, self.ledger.clock()
        with database.write() as connection:
            for credential in issued:  # one that was revoked meanwhile stays as it is
                database.replace_if(
                    connection, CREDENTIALS, credential._replace(revoked_at=now), revoked_at=0
                )

    def _select(self, where: str, value: object) -> list[_Issued]:
        names = ", ".join(f'"{name}"' for name in _Issued._fields)
        rows = self.ledger.database.fetch(
            f"SELECT {names} FROM credentials WHERE {where} ORDER BY number", (value,)
        )
        return [_Issued(*row) for row in rows]

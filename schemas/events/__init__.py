"""What was decided: the events of the ledger's books and of the signing accounts' books, by process."""

from schemas.events.custody import (
    ConfirmationRepeated,
    LotMoved,
    LotReceived,
    LotSplit,
)
from schemas.events.engine import MessageSetAside, OffsetsAbsent, OwnerStarted
from schemas.events.holds import HoldEnded, HoldPlaced, HoldReleased
from schemas.events.house import (
    BroadcastIgnored,
    HouseRuleApplied,
    HouseRuleDecided,
    OrderRefused,
    OrderRepeated,
    ProposalConfirmed,
    ProposalMade,
)
from schemas.events.inbox import (
    InformationRecorded,
    MessageParked,
    TickRecorded,
    TimeAdvanced,
    WorkFinished,
    WorkPostponed,
)
from schemas.events.issuance import (
    IssuanceAccepted,
    IssuanceClosed,
    IssuanceCompleted,
    IssuanceExpired,
    IssuanceFunded,
    IssuanceRefused,
    IssuanceRepeated,
)
from schemas.events.limits import ApprovalRequired, IssuanceApproved, IssuanceWaits
from schemas.events.minting import MintAuthorized, MintFailed, MintFinalized, ReceiptRepeated
from schemas.events.multiplier import (
    MultiplierActivated,
    MultiplierChangeCancelled,
    MultiplierChangeScheduled,
    MultiplierWaits,
)
from schemas.events.transactions import (
    MintClosed,
    MintConfirmed,
    MintTaken,
    TransactionDead,
    TransactionIncluded,
    TransactionReorganized,
    TransactionReverted,
    TransactionSent,
    TransactionSigned,
)

LEDGER_EVENTS = (
    OwnerStarted,
    OffsetsAbsent,
    MessageSetAside,
    MessageParked,
    InformationRecorded,
    TimeAdvanced,
    TickRecorded,
    WorkPostponed,
    WorkFinished,
    HouseRuleDecided,
    HouseRuleApplied,
    BroadcastIgnored,
    ProposalMade,
    ProposalConfirmed,
    OrderRefused,
    OrderRepeated,
    HoldPlaced,
    HoldReleased,
    HoldEnded,
    MultiplierChangeScheduled,
    MultiplierWaits,
    MultiplierActivated,
    MultiplierChangeCancelled,
    LotReceived,
    ConfirmationRepeated,
    LotSplit,
    LotMoved,
    IssuanceAccepted,
    IssuanceRefused,
    IssuanceRepeated,
    IssuanceFunded,
    ApprovalRequired,
    IssuanceApproved,
    IssuanceWaits,
    IssuanceExpired,
    IssuanceCompleted,
    IssuanceClosed,
    MintAuthorized,
    MintFinalized,
    MintFailed,
    ReceiptRepeated,
)
"""Every event that a ledger book may hold."""

TRANSACTION_EVENTS = (
    OwnerStarted,
    MintTaken,
    TransactionSigned,
    TransactionSent,
    TransactionIncluded,
    TransactionReorganized,
    TransactionReverted,
    TransactionDead,
    MintConfirmed,
    MintClosed,
)
"""Every event that a signing account's book may hold."""

EVENTS = tuple(dict.fromkeys(LEDGER_EVENTS + TRANSACTION_EVENTS))
"""Every event."""

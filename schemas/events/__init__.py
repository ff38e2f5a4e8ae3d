"""What was decided: the events of the ledger's books and of the signing accounts' books, by process."""

from schemas.events.bridge import (
    BridgeCompleted,
    BridgeFinalityContradicted,
    BridgeMintFailed,
    BridgeMintFinalized,
    BridgeMintRecallRequested,
    BridgeQueued,
    BridgeReleased,
    BridgeStarted,
    BridgeTurnedBack,
    RemainderBooked,
)
from schemas.events.cancellation import CancellationRefused, CancellationRepeated, IssuanceCancelled
from schemas.events.custody import (
    ConfirmationRepeated,
    DeficitChanged,
    DeficitClosed,
    DeficitOpened,
    DeliveryConfirmed,
    LotMoved,
    LotReceived,
    LotSplit,
    MovementAccepted,
    MovementDismissed,
    MovementUndone,
    MovementWaits,
    SharesCovered,
    SharesReturned,
    SharesTaken,
    TakingPostponed,
)
from schemas.events.engine import MessageSetAside, OffsetsAbsent, OwnerStarted
from schemas.events.holds import HoldPlaced, HoldReleased
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
    IssuanceUnfunded,
)
from schemas.events.minting import MintAuthorized, MintFailed, MintFinalized, ReceiptRepeated
from schemas.events.operations import BridgeMintAuthorized, BurnAuthorized, ReturnAuthorized
from schemas.events.recall import FinalityContradicted, MintRecallRequested
from schemas.events.transactions import (
    OperationClosed,
    OperationConfirmed,
    OperationRecalled,
    OperationReopened,
    OperationTaken,
    TransactionDead,
    TransactionIncluded,
    TransactionReorganized,
    TransactionReverted,
    TransactionSent,
    TransactionSigned,
)
from schemas.events.units import (
    BurnRecorded,
    FeedRead,
    ReceiptParked,
    SightingRepeated,
    UnitsBridgedOut,
    UnitsBurned,
    UnitsReceived,
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
    LotReceived,
    ConfirmationRepeated,
    LotSplit,
    LotMoved,
    DeliveryConfirmed,
    MovementUndone,
    MovementWaits,
    MovementAccepted,
    MovementDismissed,
    SharesTaken,
    TakingPostponed,
    SharesReturned,
    SharesCovered,
    DeficitOpened,
    DeficitChanged,
    DeficitClosed,
    IssuanceAccepted,
    IssuanceRefused,
    IssuanceRepeated,
    IssuanceFunded,
    IssuanceUnfunded,
    IssuanceExpired,
    IssuanceCompleted,
    IssuanceClosed,
    IssuanceCancelled,
    CancellationRefused,
    CancellationRepeated,
    MintAuthorized,
    MintFinalized,
    MintFailed,
    MintRecallRequested,
    FinalityContradicted,
    ReceiptRepeated,
    BridgeStarted,
    RemainderBooked,
    BridgeQueued,
    BridgeReleased,
    BridgeTurnedBack,
    BridgeMintAuthorized,
    BridgeMintFinalized,
    BridgeMintFailed,
    BridgeMintRecallRequested,
    BridgeFinalityContradicted,
    BridgeCompleted,
    BurnRecorded,
    ReceiptParked,
    SightingRepeated,
)
"""Every event that a ledger book may hold."""

TRANSACTION_EVENTS = (
    OwnerStarted,
    OperationTaken,
    OperationRecalled,
    TransactionSigned,
    TransactionSent,
    TransactionIncluded,
    TransactionReorganized,
    TransactionReverted,
    TransactionDead,
    OperationConfirmed,
    OperationClosed,
    OperationReopened,
    UnitsReceived,
    UnitsBurned,
    UnitsBridgedOut,
    FeedRead,
)
"""Every event that a signing account's book may hold."""

EVENTS_TO_COME = (BurnAuthorized, ReturnAuthorized)
"""Events that readers and signing accounts know already, and that no process makes yet."""

EVENTS = tuple(dict.fromkeys(LEDGER_EVENTS + TRANSACTION_EVENTS + EVENTS_TO_COME))
"""Every event."""

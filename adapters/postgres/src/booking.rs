//! Booking's ports: `sessions`, `session_schedule`, `payments`, `admin_ledger` and what stands beside them.

mod enrolments;
mod holds;
mod meetings;
mod offers;
mod operator_views;
mod payments;
mod policy;
mod sessions;
mod taken_over;
mod terms;
mod views;
mod waiting;

use application_booking::ports::{BookingPorts, Offers, Payments, Sessions};

use crate::store::PgTx;

pub(crate) use offers::availability;

impl BookingPorts for PgTx {
    fn sessions(&mut self) -> &mut dyn Sessions {
        self
    }

    fn payments(&mut self) -> &mut dyn Payments {
        self
    }

    fn offers(&mut self) -> &mut dyn Offers {
        self
    }
}

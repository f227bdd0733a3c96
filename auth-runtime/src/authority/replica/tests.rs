#![allow(clippy::indexing_slicing, clippy::unwrap_used)]

use super::*;
use crate::authority::marks::Facts;

const ENTRY: Entry = Entry { issued_until: EVER, expires: 100 };

/// The digests of one credential.
fn marks(digests: &[Digest]) -> Marks {
    Marks { digests: digests.into(), issued_at: Some(7), checked: AtomicU64::new(0) }
}

/// A request, step by step, as in [`Replica::revokes`].
#[derive(Clone, Copy, Default)]
struct Request {
    step: usize,
    version: u64,
    is_done: bool,
    /// Whether the revocation was complete before the request began.
    is_late: bool,
}

impl Request {
    /// One step. `Some` is the answer to the request.
    fn step(&mut self, replica: &Replica, marks: &Marks) -> Option<bool> {
        self.step += 1;
        match self.step {
            1 => {
                self.version = replica.version();
                (marks.checked.load(Ordering::Relaxed) == self.version).then_some(false)
            }
            2 => replica.holds(marks).then_some(true),
            _ => {
                marks.checked.store(self.version, Ordering::Relaxed);
                Some(false)
            }
        }
    }
}

/// Every order of the steps of two requests with one credential and of a revocation: no request that begins after the
/// revocation is admitted, and no later request.
#[test]
fn no_order_of_requests_and_a_revocation_admits_after_it() {
    let mut orders = 0;
    // Each digit says who takes the next step: the revocation, the first request, or the second request.
    for order in 0..3_u32.pow(8) {
        let order: Vec<u32> = (0..8).map(|place| order / 3_u32.pow(place) % 3).collect();
        let of = |actor| order.iter().filter(|next| **next == actor).count();
        if (of(0), of(1), of(2)) != (2, 3, 3) {
            continue;
        }
        orders += 1;
        let (replica, marks) = (Replica::default(), marks(&[[1; 16]]));
        let (mut requests, mut revoked) = ([Request::default(); 2], 0);
        for next in &order {
            let Some(request) = next.checked_sub(1).and_then(|place| requests.get_mut(place as usize)) else {
                revoked += 1;
                if revoked == 1 {
                    replica.insert([1; 16], ENTRY, 0, 10).unwrap();
                } else {
                    replica.announce();
                }
                continue;
            };
            if request.is_done {
                continue;
            }
            request.is_late |= request.step == 0 && revoked == 2;
            if let Some(is_revoked) = request.step(&replica, &marks) {
                request.is_done = true;
                assert!(is_revoked || !request.is_late, "admitted after the revocation: {order:?}");
            }
        }
        assert!(replica.revokes(&marks), "admitted after all of them: {order:?}");
    }
    assert_eq!(orders, 560);
}

#[test]
fn what_was_not_revoked_is_looked_up_once_for_each_change() {
    let (replica, marks) = (Replica::default(), marks(&[[1; 16]]));
    assert!(!replica.revokes(&marks));
    let seen = marks.checked.load(Ordering::Relaxed);
    assert_eq!(seen, replica.version());
    replica.add([2; 16], ENTRY, 0, 10).unwrap();
    assert_ne!(seen, replica.version());
    assert!(!replica.revokes(&marks));
    let old = Entry { issued_until: 6, expires: 100 };
    replica.add([1; 16], old, 0, 10).unwrap();
    assert!(!replica.revokes(&marks));
    replica.add([1; 16], Entry { issued_until: 7, ..old }, 0, 10).unwrap();
    assert!(replica.revokes(&marks));
    replica.add([1; 16], old, 0, 10).unwrap();
    assert!(replica.revokes(&marks), "of two entries, what revokes more counts");
}

#[test]
fn a_full_replica_makes_room_only_where_something_has_expired() {
    let replica = Replica::default();
    for digest in 0..3 {
        replica.add([digest; 16], Entry { issued_until: EVER, expires: 100 + u64::from(digest) }, 0, 3).unwrap();
    }
    for (digest, now, is_full) in [(3, 99, true), (4, 100, true), (5, 101, false), (6, 101, true), (7, 103, false)] {
        let added = replica.add([digest; 16], Entry { issued_until: EVER, expires: 500 }, now, 3);
        assert_eq!(added.is_err(), is_full, "at {now}");
    }
    assert_eq!(replica.len(), 2);
}

#[cfg(feature = "redis")]
#[test]
fn what_others_have_revoked_is_added_whole_and_known_entries_change_nothing() {
    let replica = Replica::default();
    let read: Vec<_> = (0..50).map(|digest| ([digest; 16], ENTRY)).collect();
    replica.add([0; 16], ENTRY, 0, 1).unwrap();
    replica.add_all(&read, 50);
    assert_eq!(replica.len(), 50);
    let version = replica.version();
    replica.add_all(&read, 50);
    assert_eq!(replica.version(), version, "nothing new");
    replica.add_all(&[([99; 16], ENTRY)], 101);
    assert_eq!(replica.len(), 50, "expired");
    // Entries that Redis does not have, or that revoke less there.
    let mut others: Entries = read.into_iter().skip(2).collect();
    others.get_mut(&[2; 16]).unwrap().issued_until = 5;
    let mut beside: Vec<_> = replica.beside(&others, 0).into_iter().map(|(digest, _)| digest[0]).collect();
    beside.sort_unstable();
    assert_eq!(beside, [0, 1, 2]);
    assert_eq!(replica.beside(&others, 101), []);
    replica.tidy(101);
    assert_eq!(replica.len(), 0);
}

#[test]
fn credentials_of_two_issuers_share_no_digest() {
    let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, &[7; 32]);
    let of = |issuer| Marks::new(&key, &Facts { issuers: vec![issuer], id: Some("1"), ..Facts::default() });
    let (one, two) = (of("one"), of("two"));
    assert!(one.digests.iter().all(|digest| !two.digests.contains(digest)));
}

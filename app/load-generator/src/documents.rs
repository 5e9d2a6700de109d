//! What is written, and what has been.

use std::collections::VecDeque;
use std::io::Write as _;

use fastrand::Rng;

/// How many documents a run remembers at most; about 1 MB of memory.
pub(crate) const REMEMBERED: usize = 10_000;

/// The smallest document, in bytes: what the largest number needs, and some text.
pub(crate) const SMALLEST: usize = 64;

/// Makes documents: JSON objects of one size, each with its number, and made again rather than remembered.
#[derive(Clone, Debug)]
pub(crate) struct Documents {
    size: usize,
    text: Box<[u8]>,
}

impl Documents {
    /// Documents of `size` bytes, at least [`SMALLEST`], whose text the seed decides.
    pub(crate) fn new(size: usize, seed: u64) -> Self {
        let mut random = Rng::with_seed(seed);
        let text = (0..size.max(SMALLEST) + 4096).map(|_| random.alphanumeric() as u8).collect();
        Self { size: size.max(SMALLEST), text }
    }

    /// The document with this number.
    pub(crate) fn document(&self, number: u64) -> Vec<u8> {
        let mut document = Vec::with_capacity(self.size);
        // Writing to a vector does not fail.
        _ = write!(document, r#"{{"number":{number},"text":""#);
        let from = (number % 4096) as usize;
        let length = self.size - document.len() - 2;
        document.extend_from_slice(&self.text[from..from + length]);
        document.extend_from_slice(br#""}"#);
        document
    }

    /// Says how `bytes` differ from the document with this number, if they do.
    pub(crate) fn difference(&self, number: u64, bytes: &[u8]) -> Option<String> {
        let document = self.document(number);
        if document == bytes {
            return None;
        }
        let same = document.iter().zip(bytes).take_while(|(expected, got)| expected == got).count();
        Some(format!("differs from what was written at byte {same}: {} bytes, expected {}", bytes.len(), self.size))
    }
}

/// A document that the service has acknowledged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stored {
    /// The service's key.
    pub(crate) key: Box<str>,
    /// The number that it was made from.
    pub(crate) number: u64,
}

/// The documents that were written and are there. Who works with one has taken it out: no read meets a delete.
#[derive(Debug, Default)]
pub(crate) struct Pool {
    stored: VecDeque<Stored>,
    doubtful: VecDeque<Stored>,
    /// How many were acknowledged.
    pub(crate) written: u64,
    /// How many were deleted again.
    pub(crate) deleted: u64,
    /// How many may have been written although nothing acknowledged them: the answer did not come.
    pub(crate) unknown: u64,
}

impl Pool {
    /// Whether no more is to be written unless something is deleted.
    pub(crate) fn is_full(&self) -> bool {
        self.stored.len() + self.doubtful.len() >= REMEMBERED
    }

    /// Takes the document that was written last, most likely one that nobody has read.
    pub(crate) fn newest(&mut self) -> Option<Stored> {
        self.stored.pop_back()
    }

    /// Takes one that has been read, if there is one.
    pub(crate) fn oldest(&mut self) -> Option<Stored> {
        self.stored.pop_front()
    }

    /// Takes in what was written. Where all is kept, the oldest is forgotten when there are too many.
    pub(crate) fn add(&mut self, stored: Stored) {
        self.written += 1;
        self.stored.push_back(stored);
        if self.stored.len() > REMEMBERED {
            self.stored.pop_front();
        }
    }

    /// Puts back what was read.
    pub(crate) fn put_back(&mut self, stored: Stored) {
        self.stored.push_front(stored);
    }

    /// Remembers what may be there or not, for the end.
    pub(crate) fn doubt(&mut self, stored: Stored) {
        self.doubtful.push_back(stored);
        if self.doubtful.len() > REMEMBERED {
            self.doubtful.pop_front();
        }
    }

    /// Takes one of those that have to be deleted at the end, whether doubtful or not.
    pub(crate) fn any(&mut self) -> Option<Stored> {
        self.stored.pop_back().or_else(|| self.doubtful.pop_back())
    }

    /// How many documents are remembered.
    pub(crate) fn len(&self) -> usize {
        self.stored.len() + self.doubtful.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stored(number: u64) -> Stored {
        Stored { key: number.to_string().into(), number }
    }

    #[test]
    fn a_document_is_json_of_its_size() {
        for size in [SMALLEST, 1024, 100_000] {
            let documents = Documents::new(size, 1);
            for number in [0, 1, 4095, 4096, u64::MAX] {
                let document = documents.document(number);
                assert_eq!(document.len(), size);
                let value: serde_json::Value = serde_json::from_slice(&document).expect("JSON");
                assert_eq!(value["number"], number);
                assert_eq!(documents.difference(number, &document), None);
            }
        }
    }

    #[test]
    fn a_difference_is_told() {
        let documents = Documents::new(100, 1);
        let mut document = documents.document(5);
        document[90] ^= 1;
        let differs = "differs from what was written at byte";
        assert_eq!(documents.difference(5, &document), Some(format!("{differs} 90: 100 bytes, expected 100")));
        assert_eq!(documents.difference(5, &document[..60]), Some(format!("{differs} 60: 60 bytes, expected 100")));
        assert!(documents.difference(6, &documents.document(5)).is_some());
    }

    #[test]
    fn what_is_taken_is_not_taken_twice() {
        let mut pool = Pool::default();
        pool.add(stored(1));
        pool.add(stored(2));
        let read = pool.newest().expect("two are there");
        assert_eq!(read, stored(2));
        pool.put_back(read);
        assert_eq!((pool.newest(), pool.newest(), pool.oldest()), (Some(stored(1)), Some(stored(2)), None));
    }

    #[test]
    fn memory_is_bounded() {
        let mut pool = Pool::default();
        for number in 0..REMEMBERED as u64 + 10 {
            pool.add(stored(number));
            pool.doubt(stored(number));
        }
        assert!(pool.is_full());
        assert_eq!((pool.len(), pool.written), (2 * REMEMBERED, REMEMBERED as u64 + 10));
    }
}

//! How files are cut into parts, and named afterwards.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "what the tests share is test code, too")]

use secret_runtime::chat::files::{DownloadError, DownloadPlan, FileError, UploadPlan, document_size, forward};
use tl_types::api::constructors::{
    EncryptedFile, InputEncryptedFile, InputEncryptedFileBigUploaded, InputEncryptedFileLocation,
    InputEncryptedFileUploaded,
};

const KIB: u64 = 1 << 10;
const MIB: u64 = 1 << 20;

fn file(size: i64) -> EncryptedFile {
    EncryptedFile::new(11, 22, size, 4, 33)
}

/// The plan keeps to the server's rules, and its parts are the file.
#[track_caller]
fn check_plan(size: u64, premium: bool) -> UploadPlan {
    let plan = UploadPlan::new(size, premium).unwrap();
    assert_eq!(plan.plain_size(), size);
    assert_eq!(plan.encrypted_size() % 16, 0);
    assert!((0..16).contains(&(plan.encrypted_size() - size)));

    let part_size = u64::from(plan.part_size());
    assert_eq!((part_size % KIB, 512 * KIB % part_size), (0, 0));
    assert!((1..=if premium { 8000 } else { 4000 }).contains(&plan.part_count()));

    let parts: Vec<_> = plan.parts().collect();
    assert_eq!(parts.len(), plan.part_count() as usize);
    let (last, others) = parts.split_last().unwrap();
    assert!(others.iter().all(|part| part.end - part.start == part_size));
    assert!((1..=part_size).contains(&(last.end - last.start)));
    assert!(parts.windows(2).all(|pair| pair[0].end == pair[1].start));
    assert_eq!((parts[0].start, last.end), (0, plan.encrypted_size()));
    for (file_part, part) in (0..).zip(&parts) {
        assert_eq!(plan.part(file_part).as_ref(), Some(part));
    }
    assert_eq!((plan.part(plan.part_count()), plan.part(u32::MAX)), (None, None));
    plan
}

#[test]
fn a_plan_keeps_to_the_rules_of_uploading_at_every_size() {
    let part = 512 * KIB;
    for size in [1, 15, 16, 17, part - 1, part, part + 1, 10 * MIB, 10 * MIB + 1, 2000 * MIB - 1, 2000 * MIB] {
        check_plan(size, false);
        check_plan(size, true);
    }
    check_plan(2000 * MIB + 1, true);
    assert_eq!(check_plan(4000 * MIB, true).part_count(), 8000);
}

#[test]
fn up_to_and_including_10_mib_a_file_is_small() {
    for (size, big) in [(10 * MIB - 1, false), (10 * MIB, false), (10 * MIB + 1, true)] {
        assert_eq!(check_plan(size, false).is_big(), big);
    }
}

#[test]
fn an_empty_file_is_refused() {
    assert_eq!(UploadPlan::new(0, true), Err(FileError::Empty));
}

#[test]
fn a_file_over_the_limit_is_refused() {
    for (premium, limit) in [(false, 2000 * MIB), (true, 4000 * MIB)] {
        for size in [limit + 1, u64::MAX] {
            assert_eq!(UploadPlan::new(size, premium), Err(FileError::TooLarge { size, limit }));
        }
    }
}

#[test]
fn a_small_file_is_named_with_its_md5_and_a_big_one_without() {
    let md5 = std::array::from_fn(|index| index as u8);
    let small = UploadPlan::new(MIB, false).unwrap();
    assert_eq!(
        small.input_file(7, Some(md5), -1),
        InputEncryptedFileUploaded::new(7, 2, "000102030405060708090a0b0c0d0e0f", -1).into()
    );
    assert_eq!(small.input_file(7, None, -1), InputEncryptedFileUploaded::new(7, 2, "", -1).into());
    let big = UploadPlan::new(11 * MIB, false).unwrap();
    assert_eq!(big.input_file(7, Some(md5), -1), InputEncryptedFileBigUploaded::new(7, 22, -1).into());
}

#[test]
fn a_forwarded_file_is_named_by_what_the_server_has() {
    assert_eq!(forward(&file(16)), InputEncryptedFile::new(11, 22).into());
}

#[test]
fn a_download_keeps_to_the_rules_of_requests_without_precise() {
    for size in [16, 512 * KIB, 512 * KIB + 16, 3 * MIB - 16, 4000 * MIB] {
        let plan = DownloadPlan::new(&file(size as i64)).unwrap();
        assert_eq!((plan.dc_id(), plan.encrypted_size()), (4, size));
        let mut end = 0;
        for part in 0..plan.part_count() {
            let request = plan.request(part).unwrap();
            let (offset, limit) = (request.offset as u64, request.limit as u64);
            assert_eq!(request.location, InputEncryptedFileLocation::new(11, 22).into());
            assert!(!request.precise && !request.cdn_supported);
            assert_eq!((offset % (4 * KIB), limit % (4 * KIB), MIB % limit), (0, 0, 0));
            assert_eq!(offset / MIB, (offset + limit - 1) / MIB);

            let range = plan.part(part).unwrap();
            assert_eq!((range.start, range.start), (end, offset));
            assert!(range.end <= offset + limit);
            end = range.end;
        }
        assert_eq!(end, size);
        assert_eq!((plan.part(plan.part_count()), plan.request(plan.part_count())), (None, None));
    }
}

#[test]
fn a_size_that_no_file_has_is_refused() {
    for size in [i64::MIN, -16, 0, 4000 * MIB as i64 + 16, i64::MAX] {
        assert_eq!(DownloadPlan::new(&file(size)), Err(DownloadError::Size { size, limit: 4000 * MIB }));
    }
    assert_eq!(DownloadPlan::new(&file(17)), Err(DownloadError::NotWholeBlocks { size: 17 }));
}

#[test]
fn a_plan_does_not_print_what_grants_access() {
    let printed = format!("{:?}", DownloadPlan::new(&file(16)).unwrap());
    assert!(printed.contains("<redacted>") && !printed.contains("22"), "{printed}");
}

#[test]
fn errors_say_what_is_wrong_and_what_is_possible() {
    assert_eq!(
        UploadPlan::new(2000 * MIB + 1, false).unwrap_err().to_string(),
        "the file has 2097152001 bytes; at most 2097152000 can be uploaded"
    );
    assert_eq!(
        DownloadPlan::new(&file(-1)).unwrap_err().to_string(),
        "the server gives the file a size of -1 bytes; one has from 16 to 4194304000"
    );
}

#[test]
fn a_document_is_as_long_as_it_says_but_not_longer_than_its_file() {
    for (media, file, expected) in
        [(10, 16, 10), (16, 16, 16), (20, 16, 16), (0, 16, 16), (-1, 16, 16), (10, -1, 0), (i64::MAX, 16, 16)]
    {
        assert_eq!(document_size(media, file), expected);
    }
}

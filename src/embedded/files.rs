//! The library's files, in the order that the API promises: the library lists in the order of its folder, which is chance.

use s3s::dto::{
    AbortMultipartUploadInput, AbortMultipartUploadOutput, CompleteMultipartUploadInput,
    CompleteMultipartUploadOutput, CopyObjectInput, CopyObjectOutput, CreateBucketInput,
    CreateBucketOutput, CreateMultipartUploadInput, CreateMultipartUploadOutput, DeleteBucketInput,
    DeleteBucketOutput, DeleteObjectInput, DeleteObjectOutput, DeleteObjectsInput,
    DeleteObjectsOutput, GetBucketLocationInput, GetBucketLocationOutput, GetObjectInput,
    GetObjectOutput, HeadBucketInput, HeadBucketOutput, HeadObjectInput, HeadObjectOutput,
    ListBucketsInput, ListBucketsOutput, ListObjectsInput, ListObjectsOutput, ListObjectsV2Input,
    ListObjectsV2Output, ListPartsInput, ListPartsOutput, PutObjectInput, PutObjectOutput,
    UploadPartCopyInput, UploadPartCopyOutput, UploadPartInput, UploadPartOutput,
};
use s3s::{S3, S3Request, S3Response, S3Result};
use s3s_fs::FileSystem;
use std::pin::Pin;
use tokio::sync::Mutex;

#[derive(Debug)]
pub(super) struct Files {
    inner: FileSystem,
    /// A list of buckets looks at each of them: none may go meanwhile.
    buckets: Mutex<()>,
}

impl Files {
    pub(super) fn new(inner: FileSystem) -> Self {
        Self {
            inner,
            buckets: Mutex::new(()),
        }
    }
}

type Answer<'f, T> = Pin<Box<dyn Future<Output = S3Result<S3Response<T>>> + Send + 'f>>;

macro_rules! as_they_are {
    ($($name:ident: $input:ident => $output:ident,)*) => {$(
        fn $name<'s, 'f>(&'s self, request: S3Request<$input>) -> Answer<'f, $output>
        where
            's: 'f,
            Self: 'f,
        {
            self.inner.$name(request)
        }
    )*};
}

impl S3 for Files {
    as_they_are! {
        create_bucket: CreateBucketInput => CreateBucketOutput,
        copy_object: CopyObjectInput => CopyObjectOutput,
        delete_object: DeleteObjectInput => DeleteObjectOutput,
        delete_objects: DeleteObjectsInput => DeleteObjectsOutput,
        get_bucket_location: GetBucketLocationInput => GetBucketLocationOutput,
        get_object: GetObjectInput => GetObjectOutput,
        head_bucket: HeadBucketInput => HeadBucketOutput,
        head_object: HeadObjectInput => HeadObjectOutput,
        list_objects: ListObjectsInput => ListObjectsOutput,
        list_objects_v2: ListObjectsV2Input => ListObjectsV2Output,
        put_object: PutObjectInput => PutObjectOutput,
        create_multipart_upload: CreateMultipartUploadInput => CreateMultipartUploadOutput,
        upload_part: UploadPartInput => UploadPartOutput,
        upload_part_copy: UploadPartCopyInput => UploadPartCopyOutput,
        complete_multipart_upload: CompleteMultipartUploadInput => CompleteMultipartUploadOutput,
        abort_multipart_upload: AbortMultipartUploadInput => AbortMultipartUploadOutput,
    }

    fn delete_bucket<'s, 'f>(
        &'s self,
        request: S3Request<DeleteBucketInput>,
    ) -> Answer<'f, DeleteBucketOutput>
    where
        's: 'f,
        Self: 'f,
    {
        Box::pin(async move {
            let _held = self.buckets.lock().await;
            self.inner.delete_bucket(request).await
        })
    }

    fn list_buckets<'s, 'f>(
        &'s self,
        request: S3Request<ListBucketsInput>,
    ) -> Answer<'f, ListBucketsOutput>
    where
        's: 'f,
        Self: 'f,
    {
        Box::pin(async move {
            let _held = self.buckets.lock().await;
            let mut answer = self.inner.list_buckets(request).await?;
            if let Some(buckets) = &mut answer.output.buckets {
                buckets.sort_by(|one, other| one.name.cmp(&other.name));
            }
            Ok(answer)
        })
    }

    fn list_parts<'s, 'f>(
        &'s self,
        request: S3Request<ListPartsInput>,
    ) -> Answer<'f, ListPartsOutput>
    where
        's: 'f,
        Self: 'f,
    {
        Box::pin(async move {
            let mut answer = self.inner.list_parts(request).await?;
            if let Some(parts) = &mut answer.output.parts {
                parts.sort_by_key(|part| part.part_number);
            }
            Ok(answer)
        })
    }
}

"""Workarounds for versions of objects in S3; see launcher.py."""

from xml.etree import ElementTree

# What of the answer is a key, or a part of one.
_KEYS = ("Key", "Prefix", "Delimiter", "KeyMarker", "NextKeyMarker")


def encode_keys_of_versions():
    """ListObjectVersions writes keys as they are, whatever encoding-type says. Terraform's provider asks for
    url when it empties a bucket, decodes what is not encoded, deletes objects of other names (a plus becomes a
    space), finds the bucket not empty, and begins again without an end."""
    from ministack.services import s3

    list_object_versions = s3._list_object_versions

    def list_encoded(bucket_name, query_params):
        status, headers, body = list_object_versions(bucket_name, query_params)
        if status != 200 or s3._qp(query_params, "encoding-type", "") != "url":
            return status, headers, body
        root = ElementTree.fromstring(body)
        for element in root.iter():
            if element.tag.rpartition("}")[2] in _KEYS and element.text:
                element.text = s3._url_encode(element.text)
        ElementTree.SubElement(root, f"{{{s3.S3_NS}}}EncodingType").text = "url"
        ElementTree.register_namespace("", s3.S3_NS)
        return status, headers, s3._xml_body(root)

    s3._list_object_versions = list_encoded

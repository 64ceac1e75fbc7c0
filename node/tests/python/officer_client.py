"""Reads officer.v1 the way a data office would: grpcio, with nothing but the node's own reflection.

    python3 officer_client.py 127.0.0.1:8443 tls.crt token-file

Prints what About and Comparison answer as one JSON line. Exits 1 with a sentence if the node answers without a token,
or answers anything but UNAUTHENTICATED; exits 2 if the packages are missing.
"""

import json
import sys

try:
    import grpc
    from google.protobuf import json_format, message_factory
    from google.protobuf.descriptor_pool import DescriptorPool
    from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase
except ImportError as missing:
    print(f"{missing}: pip install grpcio grpcio-reflection", file=sys.stderr)
    sys.exit(2)

SERVICE = "faccina.officer.v1.Officer"


class Officer:
    """Calls by name, with the messages that reflection describes."""

    def __init__(self, channel):
        self.channel = channel
        self.database = ProtoReflectionDescriptorDatabase(channel)
        self.service = DescriptorPool(self.database).FindServiceByName(SERVICE)

    def call(self, name, metadata, **fields):
        method = self.service.methods_by_name[name]
        request = message_factory.GetMessageClass(method.input_type)(**fields)
        reply = message_factory.GetMessageClass(method.output_type)
        stub = self.channel.unary_unary(
            f"/{SERVICE}/{name}",
            request_serializer=lambda message: message.SerializeToString(),
            response_deserializer=reply.FromString,
        )
        answer = stub(request, metadata=metadata, timeout=30)
        return json_format.MessageToDict(answer, preserving_proto_field_name=True)


def expect_unauthenticated(officer, metadata, what):
    try:
        officer.call("About", metadata)
    except grpc.RpcError as refused:
        if refused.code() is grpc.StatusCode.UNAUTHENTICATED:
            return
        sys.exit(f"{what}: expected UNAUTHENTICATED, got {refused.code()}: {refused.details()}")
    sys.exit(f"{what}: the node answered")


def main():
    address, certificate, token_file = sys.argv[1:]
    with open(certificate, "rb") as file:
        credentials = grpc.ssl_channel_credentials(root_certificates=file.read())
    with open(token_file, encoding="ascii") as file:
        token = file.read().strip()
    with grpc.secure_channel(address, credentials) as channel:
        officer = Officer(channel)
        if SERVICE not in officer.database.get_services():
            sys.exit(f"reflection does not list {SERVICE}")
        expect_unauthenticated(officer, [], "without a token")
        expect_unauthenticated(officer, [("authorization", "Bearer 00")], "with a wrong token")
        metadata = [("authorization", f"Bearer {token}")]
        answers = {
            "about": officer.call("About", metadata),
            "comparison": officer.call("Comparison", metadata, month=202601),
        }
        print(json.dumps(answers, ensure_ascii=False))


if __name__ == "__main__":
    main()

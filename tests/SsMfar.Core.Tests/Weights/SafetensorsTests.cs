using System.Buffers.Binary;
using System.Text;
using CsCheck;
using SsMfar.Data;
using SsMfar.Models;
using SsMfar.Runtime;
using SsMfar.Shared;
using SsMfar.Tests.Models;
using SsMfar.Weights;
using TorchSharp;

namespace SsMfar.Tests.Weights;

public sealed class SafetensorsTests : IDisposable
{
    private const string Symbols = "{}[]\":,0123456789-FU";

    private readonly TemporaryFolder _folder = new();
    private readonly DisposeScope _scope = torch.NewDisposeScope();

    private string Path => _folder.File("weights.safetensors");

    public void Dispose()
    {
        _scope.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void A_file_built_by_hand_from_the_specification_is_read()
    {
        byte[] data = [0x00, 0x00, 0x80, 0x3f, 0x00, 0x00, 0x00, 0xc0, 0xfe, 0xff, 0x01, 0x00, 0x80, 0x3f];
        WriteRaw("""{"__metadata__":{"who":"me \u00e9"},"h":{"dtype":"BF16","shape":[],"data_offsets":[12,14]}""" +
            ""","f":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]},"b":{"dtype":"BOOL","shape":[2],"data_offsets":[10,12]}""" +
            ""","s":{"data_offsets":[8,10],"shape":[1],"dtype":"I16"}""" +
            ""","none":{"dtype":"I64","shape":[3,0],"data_offsets":[14,14]}}   """, data);

        using var reader = SafetensorsReader.Open(Path);

        reader.Keys.Should().BeEquivalentTo("h", "f", "b", "s", "none");
        reader.Metadata.Should().Equal(new Dictionary<string, string> { ["who"] = "me é" });
        reader.Read("f").data<float>().ToArray().Should().Equal(1f, -2f);
        reader.Read("f").shape.Should().Equal(1, 2);
        reader.Read("s").data<short>().ToArray().Should().Equal((short)-2);
        reader.Read("b").data<bool>().ToArray().Should().Equal(true, false);
        var half = reader.Read("h");
        half.dtype.Should().Be(torch.ScalarType.BFloat16);
        half.shape.Should().BeEmpty();
        half.to(torch.ScalarType.Float32).item<float>().Should().Be(1f);
        reader.Read("none").shape.Should().Equal(3, 0);
    }

    [Fact]
    public void What_is_written_is_what_the_specification_asks_for()
    {
        SafetensorsWriter.Write(
            Path,
            [new("b", torch.tensor(new float[] { 1, -2 })), new("a", torch.tensor(7L)), new("c", torch.tensor(new byte[] { 5 }))],
            new Dictionary<string, string> { ["format"] = "pt" });

        byte[] bytes = File.ReadAllBytes(Path);
        int length = (int)BinaryPrimitives.ReadUInt64LittleEndian(bytes);
        (length % 8).Should().Be(0);
        Encoding.UTF8.GetString(bytes, 8, length).TrimEnd(' ').Should().Be(
            """{"__metadata__":{"format":"pt"},"a":{"dtype":"I64","shape":[],"data_offsets":[0,8]}""" +
                ""","b":{"dtype":"F32","shape":[2],"data_offsets":[8,16]},"c":{"dtype":"U8","shape":[1],"data_offsets":[16,17]}}""");
        bytes[(8 + length)..].Should().Equal(7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0, 5);
        Directory.GetFiles(_folder.Path).Should().ContainSingle("the file written aside is gone");
    }

    [Theory]
    [InlineData(torch.ScalarType.Float64)]
    [InlineData(torch.ScalarType.Float32)]
    [InlineData(torch.ScalarType.Float16)]
    [InlineData(torch.ScalarType.BFloat16)]
    [InlineData(torch.ScalarType.Int64)]
    [InlineData(torch.ScalarType.Int32)]
    [InlineData(torch.ScalarType.Int16)]
    [InlineData(torch.ScalarType.Int8)]
    [InlineData(torch.ScalarType.Byte)]
    [InlineData(torch.ScalarType.Bool)]
    public void Every_type_and_any_strides_come_back(torch.ScalarType type)
    {
        var values = (torch.rand(2, 3, 4, 5) * Scalars.Of(4)).to(type);
        var tensors = new Dictionary<string, torch.Tensor>
        {
            ["plain"] = values, ["last"] = ChannelsLast.Convert(values), ["view"] = values.narrow(3, 1, 2).transpose(0, 1),
            ["scalar"] = values[0, 0, 0, 0], ["empty"] = values.narrow(0, 0, 0),
        };

        SafetensorsWriter.Write(Path, tensors);

        using var reader = SafetensorsReader.Open(Path);
        reader.Keys.Should().BeEquivalentTo(tensors.Keys);
        foreach (var (name, tensor) in tensors)
        {
            var read = reader.Read(name);
            read.dtype.Should().Be(type);
            read.shape.Should().Equal(tensor.shape);
            read.eq(tensor).all().item<bool>().Should().BeTrue(name);
        }
    }

    [Fact]
    public void Reading_into_a_tensor_keeps_its_strides_and_converts_floating_types()
    {
        var values = torch.rand(2, 3, 4, 5);
        SafetensorsWriter.Write(Path, [new("x", values), new("n", torch.tensor(3L))]);
        using var reader = SafetensorsReader.Open(Path);
        var last = ChannelsLast.Convert(torch.zeros(2, 3, 4, 5));
        var wide = torch.zeros([2, 3, 4, 5], torch.ScalarType.Float64).requires_grad_();

        reader.ReadInto("x", last);
        reader.ReadInto("x", wide);

        ChannelsLast.Holds(last).Should().BeTrue();
        Build.Difference(last, values).Should().Be(0);
        Build.Difference(wide, values).Should().Be(0);
        Refused(() => reader.ReadInto("x", torch.zeros(2, 3)), "*'x'*[2, 3, 4, 5]*[2, 3]*");
        Refused(() => reader.ReadInto("n", torch.tensor(0f)), "*'n'*Int64*Float32*");
        Refused(() => reader.Read("y"), "*'y'*no such tensor*");
    }

    [Theory]
    [InlineData(
        """{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""",
        "'a'*twice")]
    [InlineData(
        """{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""",
        "hole or overlaps")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", "'a'*hole")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", "cover 4 of 8")]
    [InlineData("""{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,12]}}""", "'a'*only 8 bytes")]
    [InlineData("""{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}""", "'a'*12 bytes*[0, 8]")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}""", "'a'*[8, 0]")]
    [InlineData("""{"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,8]}}""", "'a'*overflows")]
    [InlineData("""{"a":{"dtype":"F32","shape":[0,4611686018427387904,4],"data_offsets":[0,0]}}""", "'a'*overflows")]
    [InlineData("""{"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}""", "'a'*shape*whole numbers")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2.0],"data_offsets":[0,8]}}""", "'a'*shape*whole numbers")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,18446744073709551616]}}""", "'a'*data_offsets*whole numbers")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8,8]}}""", "'a'*two data_offsets")]
    [InlineData("""{"a":{"dtype":"U32","shape":[3],"data_offsets":[0,8]}}""", "'a'*[3] of U32 is 12 bytes*[0, 8]")]
    [InlineData("""{"a":{"dtype":"F8_E4M3","shape":[3],"data_offsets":[0,8]}}""", "'a'*3 bytes*[0, 8]")]
    [InlineData("""{"a":{"dtype":"F4","shape":[2],"data_offsets":[0,4]}}""", "cover 4 of 8")]
    [InlineData("""{"a":{"dtype":"F4","shape":[],"data_offsets":[0,4]},"a":{"dtype":"F4","shape":[],"data_offsets":[4,8]}}""", "'a'*twice")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2]}}""", "'a'*data_offsets")]
    [InlineData("""{"a":{"dtype":"F32","dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", "'a'*'dtype'*twice")]
    [InlineData("""{"__metadata__":{"x":1},"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", "__metadata__*'x'*not text")]
    [InlineData("""{"__metadata__":{"x":"1","x":"2"},"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", "__metadata__*'x'*twice")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}} trailing""", "not valid JSON")]
    [InlineData("""{"a":[[[[[[0]]]]]]}""", "'a'")]
    [InlineData("""{"a":""", "not valid JSON")]
    [InlineData(""" {"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", "does not start with '{'")]
    [InlineData("[]", "does not start with '{'")]
    [InlineData("", "does not start with '{'")]
    public void A_header_that_breaks_the_format_is_refused(string header, string problem)
    {
        WriteRaw(header, new byte[8]);
        Refused(() => SafetensorsReader.Open(Path), $"{Path}*{problem}*");
    }

    [Fact]
    public void A_tensor_of_a_type_that_cannot_be_read_is_refused_alone_and_only_when_it_is_needed()
    {
        WriteRaw(
            """
            {"a":{"dtype":"F8_E4M3","shape":[4],"data_offsets":[0,4]},
             "b":{"dtype":"U32","shape":[1],"data_offsets":[4,8]},
             "c":{"dtype":"F32","shape":[1],"data_offsets":[8,12]},
             "d":{"dtype":"F4","shape":[3],"data_offsets":[12,14]}}
            """,
            [1, 2, 3, 4, 5, 6, 7, 8, 0, 0, 0x80, 0x3f, 9, 9]);

        using var reader = SafetensorsReader.Open(Path);

        reader.Keys.Should().Equal("c");
        reader.Read("c").item<float>().Should().Be(1);
        reader.Unsupported.Should().BeEquivalentTo(new Dictionary<string, string> { ["a"] = "F8_E4M3", ["b"] = "U32", ["d"] = "F4" });
        Refused(() => reader.Read("a"), "*'a'*F8_E4M3 is not supported*F32*BF16*");
        Refused(() => reader.ReadInto("b", torch.tensor(0L)), "*'b'*U32 is not supported*");
    }

    [Fact]
    public void Files_that_are_no_safetensors_are_refused()
    {
        Refused(() => SafetensorsReader.Open(_folder.File("missing")), "*missing*cannot be opened*");
        Refused(() => SafetensorsReader.Open(_folder.Path), "*cannot be opened*");
        File.WriteAllBytes(Path, []);
        Refused(() => SafetensorsReader.Open(Path), "*0 bytes*");
        File.WriteAllBytes(Path, [255, 255, 255, 255, 255, 255, 255, 255, 123]);
        Refused(() => SafetensorsReader.Open(Path), "*18446744073709551615 bytes*");
        File.WriteAllBytes(Path, [3, 0, 0, 0, 0, 0, 0, 0, 123, 125]);
        Refused(() => SafetensorsReader.Open(Path), "*claims 3 bytes*has 2 more*");
        WriteRaw("""{"a":{"dtype":"BOOL","shape":[2],"data_offsets":[0,2]}}""", [1, 2]);
        using var reader = SafetensorsReader.Open(Path);
        Refused(() => reader.Read("a"), "*'a'*other than 0 and 1*");
    }

    [Fact]
    public void Any_damage_is_a_weight_file_exception_or_harmless()
    {
        SafetensorsWriter.Write(
            Path,
            [new("x", torch.rand(2, 3)), new("flags", torch.tensor(new[] { true, false })), new("n", torch.tensor(5L))],
            new Dictionary<string, string> { ["a"] = "b" });
        byte[] good = File.ReadAllBytes(Path);
        string damaged = _folder.File("damaged");
        var edits = Gen.Select(
            Gen.Int[0, good.Length - 1],
            Gen.OneOf(Gen.Byte, Gen.Int[0, Symbols.Length - 1].Select(i => (byte)Symbols[i])),
            Gen.Int[0, 3]).Array[1, 4];

        edits.Sample(
            changes =>
            {
                var bytes = good.ToList();
                foreach (var (position, value, kind) in changes)
                {
                    if (bytes.Count == 0)
                    {
                        // The edits before took everything; an empty file is damage too.
                        break;
                    }

                    int at = Math.Min(position, bytes.Count - 1);
                    switch (kind)
                    {
                        case 0: bytes[at] = value; break;
                        case 1: bytes.Insert(at, value); break;
                        case 2: bytes.RemoveAt(at); break;
                        default: bytes.RemoveRange(at, Math.Min(bytes.Count - at - 1, value)); break;
                    }
                }

                File.WriteAllBytes(damaged, bytes.ToArray());
                try
                {
                    using var reader = SafetensorsReader.Open(damaged);
                    foreach (string key in reader.Keys)
                    {
                        reader.Read(key).Dispose();
                    }
                }
                catch (ModelFileException e)
                {
                    e.Path.Should().Be(damaged);
                }
            },
            iter: 2000, threads: 1);
    }

    [Fact]
    public void A_file_that_cannot_be_written_is_named()
    {
        Refused(
            () => SafetensorsWriter.Write(_folder.File("no/such/folder"), [new("x", torch.ones(3))]),
            "*no/such/folder*cannot be written*untouched*");
    }

    [Fact]
    public void Names_and_types_the_format_cannot_hold_are_refused()
    {
        Bad([new("__metadata__", torch.ones(1))], "*reserved*");
        Bad([new("a", torch.ones(1)), new("a", torch.ones(1))], "*'a'*twice*");
        Bad([new("a", torch.ones(1, torch.ScalarType.ComplexFloat32))], "*'a'*ComplexFloat32*");
        Directory.GetFiles(_folder.Path).Should().BeEmpty();

        void Bad(KeyValuePair<string, torch.Tensor>[] tensors, string message) =>
            ((Action)(() => SafetensorsWriter.Write(Path, tensors))).Should().Throw<ArgumentException>().WithMessage(message);
    }

    private static void Refused(Action action, string message) =>
        action.Should().Throw<ModelFileException>().WithMessage(message);

    private void WriteRaw(string header, byte[] data)
    {
        byte[] json = Encoding.UTF8.GetBytes(header);
        byte[] length = new byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)json.Length);
        File.WriteAllBytes(Path, [.. length, .. json, .. data]);
    }
}

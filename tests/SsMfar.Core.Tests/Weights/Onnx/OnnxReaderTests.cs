using CsCheck;
using SsMfar.Export;
using SsMfar.Models;
using SsMfar.Runtime;
using SsMfar.Tests.Models;
using SsMfar.Weights;
using TorchSharp;

namespace SsMfar.Tests.Weights.Onnx;

/// <summary>ONNX files as files of tensors: right ones are read, wrong ones refused with what is wrong, in little memory.</summary>
public sealed class OnnxReaderTests : IDisposable
{
    private const int Float32 = OnnxSchema.ElementType.Float32;

    private readonly TemporaryFolder _folder = new();
    private readonly DisposeScope _scope = torch.NewDisposeScope();

    private string Path => _folder.File("model.onnx");

    public void Dispose()
    {
        _scope.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void Tensors_are_read_however_their_numbers_are_written()
    {
        SmallOnnx.Build().Save(Path);

        using WeightFile file = WeightFile.Open(Path);

        file.Format.Should().Be(WeightFileFormat.Onnx);
        file.Metadata["producer"].Should().Be("a test");
        file.Entries["weight"].Shape.Should().Equal(2, 3, 2, 2);
        Build.Values(file.Read("weight")).Should().Equal(Enumerable.Range(0, 24).Select(i => (float)i));
        Build.Values(file.Read("bias")).Should().Equal(1.5f, -2.5f);
        Build.Values(file.Read("unpacked")).Should().Equal(0.25f, 0.5f, 0.75f);
        Build.Values(file.Read("half")).Should().Equal(0.5f, -2);
        Build.Values(file.Read("constant")).Should().Equal(3);
        file.Read("double").data<double>().ToArray().Should().Equal(0.1, 0.2);
        file.Read("integers").data<int>().ToArray().Should().Equal(-7, 7);
        file.Read("flags").data<bool>().ToArray().Should().Equal(true, false);
        file.Read("bytes").data<sbyte>().ToArray().Should().Equal(-128, 127);
        file.Read(file.Keys.Single(name => name.StartsWith("tensor", StringComparison.Ordinal))).data<long>().ToArray()
            .Should().Equal(-1, 300, long.MaxValue);
    }

    [Fact]
    public void A_file_that_ends_anywhere_is_refused_or_read()
    {
        byte[] whole = SmallOnnx.Build().ToBytes();
        whole.Length.Should().BeLessThan(1024);
        int refused = 0;
        for (int length = 0; length < whole.Length; length++)
        {
            refused += Outcome(whole[..length]) ? 0 : 1;
        }

        refused.Should().Be(whole.Length, "the graph is the last field, and its length is said before it");
        Outcome(whole).Should().BeTrue();
    }

    [Fact]
    public void Any_bytes_in_the_middle_are_refused_or_read_in_little_memory()
    {
        byte[] whole = SmallOnnx.Build().ToBytes();
        TorchRuntime.Initialize();
        Gen.Select(Gen.Int[0, whole.Length - 1], Gen.Byte).Array[1, 8].Sample(
            changes =>
            {
                byte[] bytes = [.. whole];
                foreach ((int at, byte value) in changes)
                {
                    bytes[at] = value;
                }

                long before = GC.GetAllocatedBytesForCurrentThread();
                Outcome(bytes);
                (GC.GetAllocatedBytesForCurrentThread() - before).Should().BeLessThan(2 << 20);
            },
            iter: 3000, threads: 1);
    }

    public static TheoryData<string, byte[], string> Damaged => new()
    {
        { "a length beyond the file", [0x08, 8, 0x3a, 0xff, 0xff, 0xff, 0xff, 0x7f], "*claims 34359738367 bytes, but 0 are left of*" },
        { "a length of 64 bits", [0x08, 8, 0x3a, .. Enumerable.Repeat((byte)0xff, 9), 1], "*claims 18446744073709551615 bytes*" },
        { "a number without an end", [0x08, 8, 0x3a, .. Enumerable.Repeat((byte)0xff, 11)], "*has more than 10 bytes*" },
        { "a number of 70 bits", [0x08, 8, 0x28, .. Enumerable.Repeat((byte)0xff, 9), 0x7f], "*more than 64 bits*" },
        { "a group", [0x08, 8, 0x3a, 1, 0x0b], "*field 1 of the graph has the wire type 3, which is not used*" },
        { "a number for a text", [0x08, 8, 0x3a, 4, 0x0a, 2, 0x08, 1], "*field 1 of a node has the wire type 0 instead of 2*" },
        { "no graph", [0x08, 8, 0x12, 1, (byte)'x'], "*it has no graph, so it is no ONNX model*" },
        { "two graphs", [0x08, 8, 0x3a, 0, 0x3a, 0], "*more than one graph*" },
        { "a text that is none", [0x08, 8, 0x12, 1, 0xff], "*is not valid UTF-8*" },
    };

    [Theory]
    [MemberData(nameof(Damaged))]
    public void What_is_no_protocol_buffer_is_refused_with_its_place(string what, byte[] bytes, string message) =>
        Refused(bytes).WithMessage($"{Path}: {message}", what);

    [Fact]
    public void Tensors_that_cannot_be_are_refused()
    {
        ProtobufMessage Shaped(params long[] shape) => shape.Aggregate(
            new ProtobufMessage().Add(OnnxSchema.Tensor.Name, "x").Add(OnnxSchema.Tensor.ElementType, Float32),
            (message, dimension) => message.Add(OnnxSchema.Tensor.Dimensions, dimension));
        Dictionary<string, ProtobufMessage> tensors = new()
        {
            ["its shape [-1] cannot be"] = Shaped(-1),
            ["its shape [0, 4611686018427387904, 4] cannot be"] = Shaped(0, 1L << 62, 4),
            ["its shape [2147483648, 2147483648] cannot be"] = Shaped(1L << 31, 1L << 31),
            ["its shape [1000000000000] has 1000000000000 elements, but it holds none"] = Shaped(1_000_000_000_000),
            ["its shape [2] has 2 elements, but it holds 4 bytes"] = Shaped(2).Add(OnnxSchema.Tensor.RawData, new byte[4]),
            ["it holds its numbers twice"] = Shaped(1).Add(OnnxSchema.Tensor.RawData, new byte[4]).Add(OnnxSchema.Tensor.FloatData, 1f),
            ["it holds its numbers in field 10"] = Shaped(1).Add(OnnxSchema.Tensor.DoubleData, new byte[8]),
            ["it has 65 dimensions"] = Shaped([.. Enumerable.Repeat(1L, 65)]),
            ["it is stored in segments"] = Shaped(1).Add(OnnxSchema.Tensor.Segment, new byte[2]),
        };
        foreach ((string problem, ProtobufMessage tensor) in tensors)
        {
            Refused(new OnnxBuilder().AddTensor(tensor).ToBytes()).WithMessage($"{Path}: entry 'x': {problem}*");
        }

        // Varints are counted when they are read.
        byte[] short8 = new OnnxBuilder().AddTensor(new ProtobufMessage().Add(OnnxSchema.Tensor.Name, "x")
            .Add(OnnxSchema.Tensor.ElementType, OnnxSchema.ElementType.Int8).Add(OnnxSchema.Tensor.Dimensions, 2L)
            .Add(OnnxSchema.Tensor.Int32Data, new byte[] { 0x80, 1 })).ToBytes();
        Refused(short8).WithMessage("*entry 'x': its*");
        File.WriteAllBytes(Path, new OnnxBuilder().AddTensor(Shaped(0)).ToBytes());
        using WeightFile empty = WeightFile.Open(Path);
        empty.Read("x").numel().Should().Be(0);
    }

    [Fact]
    public void Graphs_that_cannot_be_are_refused()
    {
        OnnxBuilder New() => new();
        torch.Tensor one = torch.ones(1);
        OnnxBuilder twice = New();
        twice.Tensor(one, "x");
        twice.Tensor(one, "x");
        OnnxBuilder overwritten = New();
        overwritten.Tensor(one, "x");
        (string Problem, OnnxBuilder File)[] graphs =
        [
            ("entry 'x': the file has two tensors of this name", twice),
            ("entry 'x': the node 'x' (Relu) gives a value that is there before", overwritten.AddNode("Relu", ["x"], ["x"])),
            ("entry 'x': the node 'x' (Relu) reads it before it is there*circle", New().AddNode("Relu", ["x"], ["x"])),
            ("entry 'b': the node 'a' (Relu) reads it before it is there*circle",
                New().AddNode("Relu", ["b"], ["a"]).AddNode("Relu", ["a"], ["b"])),
            ("entry 'w': the node 'y' (Conv) reads it, but nothing in the file gives it", New().AddNode("Conv", ["w"], ["y"])),
            ("entry 'y': it is an output of the graph, but nothing in the file gives it", New().Output("y")),
            ("the node has two attributes 'axis'", New().AddNode("Flatten", [], ["y"], ("axis", 1L), ("axis", 2L))),
        ];
        foreach ((string problem, OnnxBuilder file) in graphs)
        {
            Refused(file.ToBytes()).WithMessage($"{Path}: {problem}*");
        }
    }

    [Fact]
    public void Depth_and_counts_take_no_memory_to_speak_of()
    {
        // Graphs inside of attributes inside of nodes inside of graphs, and a million nodes of nothing.
        byte[] nested = [];
        for (int i = 0; i < 2000; i++)
        {
            ProtobufMessage attribute = new ProtobufMessage().Add(6, nested);
            ProtobufMessage graph = new ProtobufMessage().Add(
                OnnxSchema.Graph.Nodes, new ProtobufMessage().Add(OnnxSchema.Node.Attributes, attribute));
            using MemoryStream stream = new();
            graph.WriteTo(stream);
            nested = stream.ToArray();
        }

        using MemoryStream deep = new();
        new ProtobufMessage().Add(OnnxSchema.Model.IrVersion, 8).Add(OnnxSchema.Model.Graph, nested).WriteTo(deep);
        Outcome(deep.ToArray()).Should().BeTrue("graphs inside of nodes are not gone into");

        byte[] nodes = [.. Enumerable.Range(0, 2_000_000).Select(i => i % 2 == 0 ? (byte)0x0a : (byte)0)];
        using MemoryStream many = new();
        new ProtobufMessage().Add(OnnxSchema.Model.IrVersion, 8).Add(OnnxSchema.Model.Graph, nodes).WriteTo(many);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Refused(many.ToArray()).WithMessage("*takes more memory than is allowed for a file of*");
        (GC.GetAllocatedBytesForCurrentThread() - before).Should().BeLessThan(80 << 20);
    }

    [Theory]
    [InlineData("../weights.bin")]
    [InlineData("part/../../weights.bin")]
    [InlineData("/etc/hostname")]
    [InlineData("C:\\weights.bin")]
    [InlineData("..\\weights.bin")]
    [InlineData("\\\\server\\share\\weights.bin")]
    public void External_data_outside_of_the_folder_is_refused(string location) =>
        Refused(External(("location", location)))
            .WithMessage($"{Path}: entry 'x': it lies in '*', outside of the model's folder*one folder*");

    [UnixFact]
    public void Links_may_lead_about_inside_of_the_folder_but_not_out_of_it()
    {
        Directory.CreateDirectory(_folder.File("inside"));
        File.WriteAllBytes(_folder.File("inside/real.bin"), BitConverter.GetBytes(2.5f));
        File.CreateSymbolicLink(_folder.File("weights.bin"), "inside/real.bin");
        File.WriteAllBytes(Path, External(("location", "weights.bin")));
        using (WeightFile file = WeightFile.Open(Path))
        {
            Build.Values(file.Read("x")).Should().Equal(2.5f);
        }

        using TemporaryFolder elsewhere = new();
        File.WriteAllBytes(elsewhere.File("real.bin"), BitConverter.GetBytes(2.5f));
        File.CreateSymbolicLink(_folder.File("file.bin"), elsewhere.File("real.bin"));
        Directory.CreateSymbolicLink(_folder.File("folder"), System.IO.Path.GetDirectoryName(elsewhere.File("real.bin"))!);
        File.CreateSymbolicLink(_folder.File("again.bin"), "file.bin");
        File.CreateSymbolicLink(_folder.File("circle.bin"), "circle.bin");
        foreach (string location in (string[])["file.bin", "folder/real.bin", "again.bin", "inside/../folder/real.bin"])
        {
            Refused(External(("location", location))).WithMessage("*outside of the model's folder*");
        }

        Refused(External(("location", "circle.bin"))).WithMessage("*a link that leads nowhere*");
    }

    [Fact]
    public void External_data_that_is_not_there_is_refused()
    {
        File.WriteAllBytes(_folder.File("weights.bin"), new byte[6]);
        Refused(External()).WithMessage("*whose name is not said*");
        Refused(External(("location", "nowhere.bin"))).WithMessage("*nowhere.bin is not there*");
        Refused(External(("location", "weights.bin"), ("offset", "4"))).WithMessage("*its 4 bytes are said to be the 2 from byte 4*");
        Refused(External(("location", "weights.bin"), ("length", "400"))).WithMessage("*the 400 from byte 0 of 'weights.bin', *has 6*");
        Refused(External(("location", "weights.bin"), ("offset", "-1"))).WithMessage("*the offset of its external data is no number*");
        Refused(External(("location", "weights.bin"), ("offset", "9223372036854775807"))).WithMessage("*which has 6*");
    }

    [Fact]
    public void A_tensor_of_another_type_matters_only_where_it_is_needed()
    {
        File.WriteAllBytes(Path, new OnnxBuilder().AddTensor(new ProtobufMessage().Add(OnnxSchema.Tensor.Name, "x")
            .Add(OnnxSchema.Tensor.ElementType, 17).Add(OnnxSchema.Tensor.Dimensions, 4L)
            .Add(OnnxSchema.Tensor.RawData, new byte[4])).ToBytes());
        using WeightFile file = WeightFile.Open(Path);

        file.Entries.Should().BeEmpty();
        file.Unsupported.Should().ContainSingle().Which.Value.Should().Be("float8");
        ((Action)(() => file.Read("x"))).Should().Throw<ModelFileException>().WithMessage("*float8 is not supported*");
    }

    private static byte[] External(params (string Key, string Value)[] says) => new OnnxBuilder()
        .AddTensor(OnnxBuilder.External(Float32, [1], says).Add(OnnxSchema.Tensor.Name, "x")).ToBytes();

    private FluentAssertions.Specialized.ExceptionAssertions<ModelFileException> Refused(byte[] bytes)
    {
        File.WriteAllBytes(Path, bytes);
        return ((Action)ReadAll).Should().Throw<ModelFileException>();
    }

    private void ReadAll()
    {
        using WeightFile file = WeightFile.Open(Path);
        foreach (string key in file.Keys)
        {
            file.Read(key).Dispose();
        }
    }

    // Whether everything in a file can be read, and what network it is said; else it is refused.
    private bool Outcome(byte[] bytes)
    {
        File.WriteAllBytes(Path, bytes);
        try
        {
            ReadAll();
            PretrainedWeights.FromOnnx(Path, PretrainedInput.ImageNet).DetectBackbone().Should().BeNull();
            return true;
        }
        catch (ModelFileException fault)
        {
            fault.Message.Should().StartWith(Path);
            return false;
        }
    }
}

using System.Text;
using SsMfar.Models;
using SsMfar.Tests.Models;
using SsMfar.Weights;

namespace SsMfar.Tests.Weights.PyTorch;

/// <summary>Files made to do harm, or simply broken: each is an exception that names what is wrong, and takes little memory.</summary>
public sealed partial class HostileFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Path => _folder.File("weights.pth");

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("os", "system")]
    [InlineData("posix", "system")]
    [InlineData("builtins", "eval")]
    [InlineData("__builtin__", "getattr")]
    [InlineData("subprocess", "Popen")]
    [InlineData("torch.storage", "_load_from_bytes")]
    [InlineData("torch", "load")]
    [InlineData("torchvision.models.resnet", "ResNet")]
    [InlineData("torch", "ComplexFloatStorage")]
    public void Any_other_global_is_named_and_nothing_runs(string module, string name)
    {
        string trace = _folder.File("executed");
        byte[] call = new PickleBuilder().Global(module, name).Op("(").Text("touch " + trace).Op("tR").Stop();
        byte[] reduced = new PickleBuilder(4).Text(module).Text(name).Raw(0x93).Op("(").Text("touch " + trace).Op("t").Raw(0x81).Stop();

        foreach (byte[] pickle in (byte[][])[call, reduced])
        {
            RefusedZip(pickle, $"*'archive/data.pkl'*global '{module} {name}'*Save the weights alone*");
            Refused(PyTorchForge.Legacy(pickle), $"*global '{module} {name}'*");
        }

        File.Exists(trace).Should().BeFalse();
    }

    // pathlib's own module from Python 3.13 on.
    [Theory]
    [InlineData("pathlib", "PosixPath")]
    [InlineData("pathlib", "PureWindowsPath")]
    [InlineData("pathlib._local", "PosixPath")]
    [InlineData("pathlib._local", "WindowsPath")]
    [InlineData("pathlib._local", "PurePosixPath")]
    public void Paths_beside_the_weights_are_passed_over(string module, string name)
    {
        byte[] path = new PickleBuilder().Op("}").Text("path").Global(module, name).Op("(").Text("folder").Op("tRs").Stop();
        File.WriteAllBytes(Path, PyTorchForge.Legacy(path));

        using var file = WeightFile.Open(Path);

        file.Keys.Should().BeEmpty();
    }

    [Theory]
    [InlineData('i', "Inst")]
    [InlineData('o', "Obj")]
    [InlineData('I', "Int")]
    [InlineData('P', "PersId")]
    [InlineData('g', "Get")]
    [InlineData('\x82', "Ext1")]
    [InlineData('\x97', "NextBuffer")]
    [InlineData('\xff', "no opcode")]
    public void Any_other_opcode_is_named(char opcode, string name) =>
        RefusedZip(new PickleBuilder().Op("N" + opcode).Stop(), $"*byte 4*0x{(int)opcode:x2} ({name}*");

    [Theory]
    [InlineData("", "ends in the middle")]
    [InlineData("0.", "value is taken that is not there")]
    [InlineData("t.", "mark is taken that is not there")]
    [InlineData("(.", "ends with 0 values")]
    [InlineData("NN.", "ends with 2 values")]
    [InlineData("(a.", "value is taken that is not there")]
    [InlineData("Na.", "value is taken that is not there")]
    [InlineData("NNa.", "no list or dictionary")]
    [InlineData("}(Nu.", "a key has no value")]
    [InlineData("h\x05.", "memo has no entry 5")]
    [InlineData("j\xff\xff\xff\xff.", "memo has no entry 4294967295")]
    [InlineData("Nq\x05.", "memo's entry 5 follows entry -1")]
    [InlineData("Nq\x02.", "memo's entry 2 follows entry -1")]
    [InlineData("Nq\x01Nq\x03.", "memo's entry 3 follows entry 1")]
    [InlineData("Nr\xff\xff\xff\x7f.", "memo's entry 2147483647")]
    [InlineData("NR.", "arguments of a call are no tuple")]
    [InlineData("N)R.", "something that is no global is called")]
    [InlineData("NQ.", "no storage as torch.save writes it")]
    [InlineData("NNb.", "a state is given")]
    [InlineData("X\xff\xff\xff\u007fabc", "2147483647 bytes are claimed")]
    [InlineData("X\xff\xff\xff\xff", "4294967295 bytes are claimed")]
    [InlineData("X\x01\x00\x00\x00\xff.", "not valid UTF-8")]
    [InlineData("U\x01\xffN.", "ends with 2 values")]
    [InlineData("\x8d\xff\xff\xff\xff\xff\xff\xff\x7f", "9223372036854775807 bytes are claimed")]
    [InlineData("\x8e\xff\xff\xff\xff\xff\xff\xff\xff", "length of 18446744073709551615")]
    [InlineData("\x8b\xff\xff\xff\x7f", "whole number of 2147483647 bytes")]
    [InlineData("\x8b\xff\xff\xff\xff", "whole number of -1 bytes")]
    [InlineData("ccollections\nOrderedDict\nK\x01\x85R.", "call of 'collections.OrderedDict'")]
    [InlineData("ctorch._utils\n_rebuild_tensor_v2\n)R.", "call of 'torch._utils._rebuild_tensor_v2'")]
    [InlineData("\x80\x02.", "opcode 0x80 (Proto)")]
    public void A_pickle_that_breaks_the_rules_is_refused(string body, string problem) =>
        RefusedZip(new PickleBuilder().Op(body).ToArray(), $"*'archive/data.pkl'*{problem}*");

    [Theory]
    [InlineData(new long[] { 1L << 60 }, new long[] { 1 }, 0, null, "reach outside its storage")]
    [InlineData(new long[] { 1L << 60 }, new long[] { 1 }, 0, 1L << 60, "reach outside its storage")]
    [InlineData(new long[] { 1L << 60 }, new long[] { 0 }, 0, null, "more elements than the file has bytes")]
    [InlineData(new long[] { 1L << 40, 1L << 40 }, new long[] { 0, 0 }, 0, null, "more elements than the file has bytes")]
    [InlineData(new long[] { 2 }, new long[] { long.MaxValue }, 0, null, "reach outside")]
    [InlineData(new long[] { 2 }, new long[] { 1 }, long.MaxValue, null, "reach outside")]
    [InlineData(new long[] { 2 }, new long[] { 1 }, 2, null, "reach to number 3*storage has 3")]
    [InlineData(new long[] { 0 }, new long[] { 1 }, 4, null, "storage has 3")]
    [InlineData(new long[] { 2 }, new long[] { -1 }, 1, null, "cannot be")]
    [InlineData(new long[] { -2 }, new long[] { 1 }, 0, null, "cannot be")]
    [InlineData(new long[] { 2 }, new long[] { 1 }, -1, null, "cannot be")]
    [InlineData(new long[] { 2 }, new long[] { 1, 1 }, 0, null, "cannot be")]
    [InlineData(new long[] { 2 }, new long[] { 1 }, 0, 4L, "4 elements of Float32, which are 16 bytes, but has 12")]
    [InlineData(new long[] { 2 }, new long[] { 1 }, 0, 2L, "2 elements of Float32, which are 8 bytes, but has 12")]
    public void A_tensor_that_its_storage_cannot_hold_is_refused(
        long[] shape,
        long[] strides,
        long offset,
        long? storageElements,
        string problem)
    {
        byte[] pickle = new PickleBuilder().Op("}").Text("w").Tensor("FloatStorage", "0", 3, shape, strides, offset, storageElements)
            .Op("s")
            .Stop();

        Refused(PyTorchForge.Zip(new("archive/data.pkl", pickle), new("archive/data/0", new byte[12])), $"*'w'*{problem}*");
        byte[] legacy = new PickleBuilder().Op("}").Text("w")
            .Tensor("FloatStorage", "0", 3, shape, strides, offset, storageElements, legacy: true)
            .Op("s")
            .Stop();
        Refused(PyTorchForge.Legacy(legacy, true, ("0", 3, new byte[12])), "*");
    }

    [Fact]
    public void Zip_entries_that_lie_are_refused()
    {
        byte[] pickle = new PickleBuilder().Op("}").Text("w").Tensor("FloatStorage", "0", 3, [3]).Op("s").Stop();
        PyTorchForge.Entry data = new("archive/data.pkl", pickle);
        PyTorchForge.Entry storage = new("archive/data/0", new byte[12]);

        Refused(PyTorchForge.Zip(data, storage with { ClaimedSize = 4_000_000_000 }), "*'archive/data/0'*4000000000 bytes*");
        Refused(PyTorchForge.Zip(data, storage with { ClaimedSize = uint.MaxValue }), "*'archive/data/0'*zip64 sizes are missing*");
        Refused(PyTorchForge.Zip(data with { ClaimedSize = 1_000_000 }, storage), "*'archive/data.pkl'*1000000 bytes*");
        Refused(PyTorchForge.Zip(data, storage with { Start = 5 }), "*inside another entry*");
        Refused(PyTorchForge.Zip(data, storage with { Start = 4_000_000_000 }), "*'archive/data/0'*4000000000*outside*");
        Refused(PyTorchForge.Zip(data, storage, storage), "*'archive/data/0'*twice*");
        Refused(PyTorchForge.Zip(data, storage, new("second/data.pkl", pickle)), "*second data.pkl*");
        Refused(PyTorchForge.Zip(data, storage with { Method = 8 }), "*'archive/data/0'*compressed (method 8)*");
        Refused(PyTorchForge.Zip(data), "*'w'*lacks its storage archive/data/0*");
        Refused(PyTorchForge.Zip(storage), "*data.pkl*torch.save did not write it*");
        Refused(PyTorchForge.Zip(), "*data.pkl*torch.save did not write it*");
        Refused(PyTorchForge.Zip(data, storage, new("archive/constants.pkl", [])), "*TorchScript*");
        Refused(PyTorchForge.Zip(data, storage, new("archive/byteorder", "big"u8.ToArray())), "*byteorder*'big'*little*");
        byte[] good = PyTorchForge.Zip(data, storage, new("archive/byteorder", "little"u8.ToArray()));
        Refused(good[..^30], "*without its directory*");
        Write(good);
        using var file = WeightFile.Open(Path);
        file.Keys.Should().Equal("w");
    }

    [Fact]
    public void Archives_as_large_ones_are_written_are_read_and_their_lies_refused()
    {
        byte[] pickle = new PickleBuilder().Op("}").Text("w").Tensor("FloatStorage", "0", 3, [3]).Op("s").Stop();
        byte[] wide = PyTorchForge.ZipOf(
            wide: true,
            [new("archive/data.pkl", pickle), new("archive/data/0", [0, 0, 128, 63, 0, 0, 0, 64, 0, 0, 64, 64])]);
        Write(wide);
        using (var file = WeightFile.Open(Path))
        {
            using var tensor = file.Read("w");
            Build.Values(tensor).Should().Equal(1, 2, 3);
        }

        int locator = wide.Length - 22 - 20;
        int end = locator - 56;
        Refused(With(wide, locator + 8, 0xff), "*zip64 directory is not where it should be*");
        Refused(With(wide, end + 31, 0x7f), "*several disks*");
        Refused(With(wide, end + 39, 0x7f), "*several disks*");
        Refused(With(wide, end + 47, 0xff), "*claims*entries*");
        Refused(With(wide, end + 55, 0x7f), "*claims*from byte*");
        int extra = end - 28;
        Refused(With(wide, extra, 2), "*zip64 sizes are missing*");
        Refused(With(wide, extra + 11, 0x7f), "*'archive/data/0'*stored bytes*");
        Refused(With(wide, extra + 27, 0x7f), "*'archive/data/0'*outside*");

        static byte[] With(byte[] bytes, int at, byte value)
        {
            byte[] changed = [.. bytes];
            changed[at] = value;
            return changed;
        }
    }

    [Fact]
    public void Legacy_files_that_lie_are_refused()
    {
        byte[] pickle = new PickleBuilder().Op("}").Text("w").Tensor("FloatStorage", "7", 3, [3], legacy: true).Op("s").Stop();

        Refused(PyTorchForge.Legacy(pickle, false, ("7", 3, new byte[12])), "*big-endian*only little*");
        Refused(PyTorchForge.Legacy(pickle, true, ("7", 1L << 60, new byte[12])), "*'storage 7'*3 elements*1152921504606846976*");
        Refused(PyTorchForge.Legacy(pickle, true, ("7", 3, new byte[11])), "*'storage 7'*11 bytes are left*");
        Refused(PyTorchForge.Legacy(pickle, true), "*'w'*lacks its storage 7*");
        Refused(PyTorchForge.Legacy(pickle, true, ("7", 3, new byte[12]), ("7", 3, new byte[12])), "*occurs twice*");
        Refused(PyTorchForge.Legacy(pickle, true, ("8", 3, new byte[12])), "*no tensor has it*");
        Write(PyTorchForge.Legacy(pickle, true, ("7", 3, new byte[12])));
        using var file = WeightFile.Open(Path);
        file.Keys.Should().Equal("w");
    }

    [Fact]
    public void Formats_that_are_not_read_are_told_with_a_remedy()
    {
        byte[] tar = new byte[1024];
        "ustar"u8.CopyTo(tar.AsSpan(257));

        Refused([], "*empty*download*");
        Refused(tar, "*tar archive*0.1.10*torch.save*");
        Refused(new PickleBuilder().Op("}").Stop(), "*pickle without PyTorch's magic number*torch.save*");
        Refused("version https://git-lfs.github.com/spec/v1\noid sha256:1\n"u8.ToArray(), "*Git LFS pointer*git lfs pull*");
        Refused("<!DOCTYPE html><html></html>"u8.ToArray(), "*web page*");
        Refused([0x89, .. "HDF\r\n"u8, 0x1a, (byte)'\n'], "*HDF5*");
        Refused(Encoding.UTF8.GetBytes(new string('x', 600)), "*neither a safetensors nor a PyTorch file, nor an ONNX model*");
        ((Action)(() => WeightFile.Open(_folder.File("gone")))).Should().Throw<ModelFileException>()
            .WithMessage("*gone*cannot be opened*");
    }

    [Theory]
    [InlineData("]", "a")]
    [InlineData("}K\x01", "s")]
    [InlineData("", "\x85")]
    [InlineData("(", "t")]
    [InlineData("", "\x94")]
    public void A_million_levels_of_nesting_overflow_nothing(string open, string close)
    {
        const int depth = 1_000_000;
        var pickle = new PickleBuilder();
        for (int i = 0; i < depth; i++)
        {
            pickle.Op(open);
        }

        pickle.Op("N");
        for (int i = 0; i < depth; i++)
        {
            pickle.Op(close);
        }

        // Room enough that the depth itself, not the budget, is what is refused; and no room.
        byte[] body = pickle.Stop();
        byte[] roomy = PyTorchForge.Zip(new("archive/data.pkl", body), new("archive/data/0", new byte[16 << 20]));
        Write(roomy);
        string? message = null;
        long taken = Allocated(() => message = Failure());
        taken.Should().BeLessThan(32L * roomy.Length);
        Write(PyTorchForge.Zip(new PyTorchForge.Entry("archive/data.pkl", body)));
        Failure();
        if (close is "a" or "s" or "\x85" or "t")
        {
            message.Should().NotBeNull().And.MatchRegex("nested deeper than 32|no list or dictionary|whole number");
        }
    }

    [Theory]
    [InlineData("G\x3f\xe0\0\0\0\0\0\0", "a float")]
    [InlineData("N", "None")]
    [InlineData("\x88", "True")]
    [InlineData("K\u0001K\u0002\x86", "a tuple")]
    public void A_dictionary_whose_keys_are_no_names_is_passed_over_unless_it_leads_to_a_tensor(string key, string because)
    {
        // {"state_dict": {"weight": tensor}, "curves": {KEY: {"a": [VALUE]}}}
        byte[] File(Action<PickleBuilder> value)
        {
            PickleBuilder pickle = new PickleBuilder().Op("}(").Text("state_dict").Op("}").Text("weight")
                .Tensor("FloatStorage", "0", 1, [1]).Op("s").Text("curves").Op("}").Op(key).Op("}").Text("a").Op("](");
            value(pickle);
            return PyTorchForge.Zip(new("archive/data.pkl", pickle.Op("essu").Stop()), new("archive/data/0", new byte[4]));
        }

        Write(File(pickle => pickle.Number(7)));
        using (WeightFile file = WeightFile.Open(Path))
        {
            file.Keys.Should().Equal(["state_dict.weight"], because);
        }

        Refused(File(pickle => pickle.Tensor("FloatStorage", "0", 1, [1])), "*'curves.'*neither text nor a whole number*");
    }

    [Fact]
    public void Objects_that_lead_to_themselves_or_multiply_are_refused()
    {
        RefusedZip(new PickleBuilder().Op("]q\0h\0a.").ToArray(), "*nested deeper than 32*");

        // 30 lists, each of which holds the one before ten times: 10^30 ways to the tensor.
        var bomb = new PickleBuilder().Tensor("FloatStorage", "0", 1, [1]).Op("q\00");
        for (byte i = 0; i < 30; i++)
        {
            bomb.Op("](");
            for (int j = 0; j < 10; j++)
            {
                bomb.Op("h").Raw(i);
            }

            bomb.Op("eq").Raw((byte)(i + 1), (byte)'0');
        }

        byte[] file = PyTorchForge.Zip(new("archive/data.pkl", bomb.Op("h").Raw(30).Stop()), new("archive/data/0", new byte[4]));
        long taken = Allocated(() => Refused(file, "*same objects over and over*"));
        taken.Should().BeLessThan(32L << 20);
    }

    [Theory]
    [InlineData("]")]
    [InlineData("}")]
    [InlineData("(")]
    [InlineData("N")]
    [InlineData("]0")]
    [InlineData("\x8f" + "0")]
    [InlineData("G12345678")]
    [InlineData("U\x01" + "a")]
    [InlineData("\x95" + "12345678")]
    [InlineData("ccollections\nOrderedDict\n)R")]
    [InlineData("N\x94")]
    public void Memory_stays_a_small_multiple_of_the_file(string repeated)
    {
        var pickle = new PickleBuilder(4);
        byte[] bytes = Encoding.Latin1.GetBytes(string.Concat(Enumerable.Repeat(repeated, 4_000_000 / repeated.Length)));
        Write(PyTorchForge.Zip(new PyTorchForge.Entry("archive/data.pkl", pickle.Raw(bytes).Stop())));

        long taken = Allocated(() => Failure());

        // What lives is at most 16 times the file; growing lists leave as much again behind.
        taken.Should().BeLessThan(40L * new FileInfo(Path).Length);
    }
}

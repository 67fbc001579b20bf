using System.IO.Compression;
using SsMfar.Imaging;
using SsMfar.Tests.Data;

namespace SsMfar.Tests.Imaging;

public sealed class ImageSourceTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly string[] _names;

    public ImageSourceTests()
    {
        Directory.CreateDirectory(Images("video1"));
        _names = [.. Enumerable.Range(0, 24).Select(i => $"video1/{i:D5}.jpg")];
        for (int i = 0; i < _names.Length; i++)
        {
            File.WriteAllBytes(Images(_names[i]), TestImages.Jpeg(32, 24, i));
        }

        ZipFile.CreateFromDirectory(_folder.File("images"), _folder.File("images.zip"));
        File.WriteAllBytes(_folder.File("secret.jpg"), TestImages.Jpeg(8, 8));
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_zip_holds_what_its_folder_holds()
    {
        using IImageSource folder = ImageSource.Open(_folder.File("images"));
        using IImageSource zip = ImageSource.Open(_folder.File("images.zip"));

        folder.Should().BeOfType<FolderImageSource>();
        zip.Should().BeOfType<ZipImageSource>();
        foreach (string name in _names)
        {
            Read(zip, name).Should().Equal(Read(folder, name));
            zip.GetStamp(name)!.Value.Length.Should().Be(folder.GetStamp(name)!.Value.Length);
            ImageDecoder.Default.Decode(zip, name.Replace('/', '\\')).Pixels
                .SequenceEqual(ImageDecoder.Default.Decode(folder, "./" + name).Pixels)
                .Should()
                .BeTrue();
        }
    }

    [Theory]
    [InlineData("images")]
    [InlineData("images.zip")]
    public void Many_threads_may_open_at_once(string path)
    {
        using IImageSource source = ImageSource.Open(_folder.File(path));
        byte[][] expected = [.. _names.Select((_, i) => TestImages.Jpeg(32, 24, i))];

        Parallel.For(0, 400, new ParallelOptions { MaxDegreeOfParallelism = 8 }, i =>
            Read(source, _names[i % _names.Length]).Should().Equal(expected[i % _names.Length]));
    }

    [Theory]
    [InlineData("images")]
    [InlineData("images.zip")]
    public void Names_that_leave_the_source_are_refused(string path)
    {
        using IImageSource source = ImageSource.Open(_folder.File(path));
        foreach (string name in new[] {
            "../secret.jpg",
            "video1/../../secret.jpg",
            "..\\secret.jpg",
            _folder.File("secret.jpg"),
            "C:/secret.jpg" })
        {
            source.Invoking(s => s.Open(name)).Should().Throw<ArgumentException>().WithMessage("*leaves its source*");
            source.Exists(name).Should().BeFalse();
            source.GetStamp(name).Should().BeNull();
            source.Describe(name).Should().NotBeEmpty();
        }
    }

    [Theory]
    [InlineData("images")]
    [InlineData("images.zip")]
    public void A_missing_image_is_named(string path)
    {
        using IImageSource source = ImageSource.Open(_folder.File(path));

        source.Exists("video1/none.jpg").Should().BeFalse();
        source.Exists(_names[0]).Should().BeTrue();
        source.Invoking(s => s.Open("video1/none.jpg")).Should().Throw<FileNotFoundException>().WithMessage("*video1/none.jpg*");
        FluentActions.Invoking(() => ImageDecoder.Default.Decode(source, "video9/none.jpg"))
            .Should().Throw<ImageDecodeException>().WithMessage($"*{_folder.File(path)}*none.jpg*no such file*");
        FluentActions.Invoking(() => ImageDecoder.Default.Decode(source, "video1")).Should().Throw<ImageDecodeException>();
    }

    [Fact]
    public void Sources_that_are_not_there_or_not_readable_say_so()
    {
        File.WriteAllText(_folder.File("bad.zip"), "not a zip");
        File.WriteAllText(_folder.File("list.txt"), "not a zip");

        FluentActions.Invoking(() => ImageSource.Open(_folder.File("none"))).Should().Throw<DirectoryNotFoundException>()
            .WithMessage("*none*");
        FluentActions.Invoking(() => ImageSource.Open(_folder.File("bad.zip"))).Should().Throw<InvalidDataException>()
            .WithMessage("*bad.zip*no readable zip*");
        FluentActions.Invoking(() => ImageSource.Open(_folder.File("list.txt"))).Should().Throw<ArgumentException>()
            .WithMessage("*list.txt*");
    }

    private string Images(string name) => Path.Combine(_folder.Path, "images", name);

    private static byte[] Read(IImageSource source, string name)
    {
        using Stream stream = source.Open(name);
        using MemoryStream copy = new();
        stream.CopyTo(copy);
        return copy.ToArray();
    }
}

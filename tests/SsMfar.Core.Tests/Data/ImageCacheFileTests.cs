using System.IO.Compression;
using System.Runtime.Versioning;
using CsCheck;
using SsMfar.Data;
using SsMfar.Imaging;

namespace SsMfar.Tests.Data;

public sealed class ImageCacheFileTests : IDisposable
{
    private readonly ImageFolder _images = new(9);
    private readonly ImageCacheOptions _options;

    public ImageCacheFileTests() => _options = new ImageCacheOptions { Width = 8, Height = 6, CacheFile = _images.Path("cache.bin") };

    public void Dispose() => _images.Dispose();

    [Fact]
    public void A_second_run_reuses_the_file()
    {
        Build().Should().BeFalse();
        Build().Should().BeTrue();
    }

    [Fact]
    public void Changed_images_sizes_orders_and_settings_are_noticed_and_times_are_not()
    {
        Build();
        File.SetLastWriteTimeUtc(_images.Image(_images.Names[4]), new DateTime(2001, 2, 3, 4, 5, 6, DateTimeKind.Utc));
        Build().Should().BeTrue("times do not count");
        File.WriteAllBytes(_images.Image(_images.Names[1]), TestImages.Jpeg(90, 90, 77));
        Build().Should().BeFalse("an image was replaced");
        Build(_options with { Width = 9 }).Should().BeFalse("the size is another");
        Build(_options with { Width = 9, Decoder = new ImageDecoder { ScaledDecoding = false } }).Should()
            .BeFalse("the decoding is another");
        Build(_options, [.. _images.Names.Reverse()]).Should().BeFalse("the order is another");
        Build(_options, [.. _images.Names.Reverse()]).Should().BeTrue();
    }

    [Fact]
    public void A_folder_that_was_moved_keeps_its_cache_and_another_one_never_gets_it()
    {
        Build();
        using ImageFolder other = new(9);
        string moved = _images.Path("moved");
        Directory.CreateDirectory(moved);
        foreach (string name in _images.Names)
        {
            File.Copy(_images.Image(name), Path.Combine(moved, name));

            // The same names, lengths and times, and other pictures.
            byte[] picture = TestImages.Jpeg(40, 36, 200 + name[2]);
            byte[] own = File.ReadAllBytes(_images.Image(name));
            int length = Math.Max(picture.Length, own.Length);
            File.WriteAllBytes(_images.Image(name), [.. own, .. new byte[length - own.Length]]);
            File.WriteAllBytes(other.Image(name), [.. picture, .. new byte[length - picture.Length]]);
            File.WriteAllBytes(Path.Combine(moved, name), [.. own, .. new byte[length - own.Length]]);
            File.SetLastWriteTimeUtc(other.Image(name), File.GetLastWriteTimeUtc(_images.Image(name)));
            other.Source.GetStamp(name)!.Value.Length.Should().Be(length);
        }

        using FolderImageSource movedSource = new(moved);
        Build().Should().BeFalse("the files were made longer");
        Build(_options, _images.Names, movedSource).Should().BeTrue("it holds the same images at another place and time");
        Build(_options, _images.Names, other.Source).Should().BeFalse("it holds other images of the same names, lengths and times");
        Build(_options, [.. _images.Names.Select(name => "./" + name)], other.Source).Should().BeTrue("names do not count");
    }

    [Fact]
    public void An_archive_that_was_moved_keeps_its_cache_and_another_one_never_gets_it()
    {
        string first = _images.Path("first.zip"), second = _images.Path("second.zip");
        ZipFile.CreateFromDirectory(_images.Path("images"), first);
        File.Copy(first, second);
        File.SetLastWriteTimeUtc(second, new DateTime(2001, 2, 3, 4, 5, 6, DateTimeKind.Utc));
        using ZipImageSource one = new(first), copy = new(second);

        Build(_options, _images.Names, one).Should().BeFalse();
        Build(_options, _images.Names, copy).Should().BeTrue();
        using ImageFolder others = new(10);
        string other = _images.Path("other.zip");
        ZipFile.CreateFromDirectory(others.Path("images"), other);
        using ZipImageSource third = new(other);
        Build(_options, [.. others.Names.Skip(1)], third).Should().BeFalse();
    }

    [Fact]
    public void Large_files_that_differ_in_the_middle_alone_are_told_apart()
    {
        // As bitmaps of faces on black do: the same header, and black at both ends.
        byte[] bytes = new byte[400_000];
        File.WriteAllBytes(_images.Image("a.bmp"), bytes);
        ImageStamp before = _images.Source.GetStamp("a.bmp")!.Value;
        bytes.AsSpan(150_000, 100_000).Fill(9);
        File.WriteAllBytes(_images.Image("a.bmp"), bytes);

        _images.Source.GetStamp("a.bmp")!.Value.Should().NotBe(before);
        before.Length.Should().Be(400_000);
    }

    [Fact]
    public void Failures_of_a_folder_that_was_moved_are_told_by_their_new_place()
    {
        File.WriteAllText(_images.Image(_images.Names[3]), "not an image");
        ImageCacheOptions options = _options with { OnBadImage = ImageFailurePolicy.Skip };
        Build(options);
        string moved = _images.Path("moved");
        Directory.Move(_images.Path("images"), moved);
        using FolderImageSource source = new(moved);
        using ImageCache cache = ImageCache.Build(source, _images.Names, options);

        cache.ReusedFile.Should().BeTrue();
        cache.Failures.Should().ContainSingle().Which.Message
            .Should().Contain(Path.Combine(moved, _images.Names[3])).And.Contain("not an image");
    }

    [Fact]
    public void A_file_cut_anywhere_is_built_anew()
    {
        Build();
        byte[] whole = File.ReadAllBytes(_options.CacheFile!);
        Gen.Int[0, whole.Length - 1].Sample(length =>
        {
            File.WriteAllBytes(_options.CacheFile!, whole[..length]);
            Build().Should().BeFalse();
            File.ReadAllBytes(_options.CacheFile!).Should().Equal(whole);
        }, iter: 40, threads: 1);
        File.WriteAllBytes(_options.CacheFile!, [.. whole, 0]);
        Build().Should().BeFalse("it is too long");
    }

    [Fact]
    public void A_damaged_header_or_failure_list_is_built_anew()
    {
        File.WriteAllText(_images.Image(_images.Names[0]), "not an image");
        ImageCacheOptions options = _options with { OnBadImage = ImageFailurePolicy.Skip };
        Build(options);
        byte[] whole = File.ReadAllBytes(options.CacheFile!);
        int tail = 256 + 9 * 8 * 6 * 3;
        Gen.Select(Gen.OneOf(Gen.Int[0, 135], Gen.Int[tail, whole.Length - 1]), Gen.Byte[1, 255]).Array[1, 12].Sample(changes =>
        {
            byte[] damaged = [.. whole];
            foreach ((int offset, byte change) in changes)
            {
                damaged[offset] = (byte)(whole[offset] ^ change);
            }

            File.WriteAllBytes(options.CacheFile!, damaged);
            Build(options).Should().BeFalse();
            File.ReadAllBytes(options.CacheFile!).Should().Equal(whole);
        }, iter: 60, threads: 1);
    }

    [Fact]
    public void Random_bytes_are_no_cache() =>
        Gen.Byte.Array[0, 2000].Sample(bytes =>
        {
            File.WriteAllBytes(_options.CacheFile!, bytes);
            Build().Should().BeFalse();
        }, iter: 30, threads: 1);

    [Fact]
    public void A_place_that_cannot_be_written_is_named_with_a_remedy()
    {
        string path = _images.Path("none/cache.bin");

        FluentActions.Invoking(() => Build(_options with { CacheFile = path }))
            .Should().Throw<IOException>().WithMessage($"*{path}*cannot be written*Name a place*")
            .Which.Message.Should().NotContain(".tmp", "nobody knows of the file aside");
    }

    [Fact]
    public void What_a_killed_run_left_is_removed_by_the_next_one_and_what_another_writes_is_not()
    {
        string left = $"{_options.CacheFile}.0123.tmp", written = $"{_options.CacheFile}.4567.tmp";
        Put(written, age: TimeSpan.FromDays(9));
        using FileStream writing = new(written, FileMode.Open, FileAccess.Write, FileShare.None);
        foreach (bool isReused in new[] { false, true })
        {
            Put(left, age: TimeSpan.FromSeconds(5));
            Build().Should().Be(isReused);
            File.Exists(left).Should().BeFalse();
            File.Exists(written).Should().BeTrue();
        }

        static void Put(string path, TimeSpan age)
        {
            File.WriteAllText(path, "x");
            File.SetLastWriteTimeUtc(path, DateTime.UtcNow - age);
        }
    }

    [UnixFact]
    [UnsupportedOSPlatform("windows")]
    public void Who_may_read_decoded_faces_stays_when_they_are_decoded_anew()
    {
        const UnixFileMode Own = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        Build();
        File.SetUnixFileMode(_options.CacheFile!, Own);
        File.Copy(_images.Image(_images.Names[1]), _images.Image(_images.Names[2]), overwrite: true);

        Build().Should().BeFalse("an image is another");

        File.GetUnixFileMode(_options.CacheFile!).Should().Be(Own);
    }

    [Fact]
    public void An_error_of_reading_that_passes_is_no_fault_of_the_image_in_later_runs()
    {
        ImageCacheOptions options = _options with { OnBadImage = ImageFailurePolicy.Skip };
        File.WriteAllText(_images.Image(_images.Names[7]), "not an image");
        using BrokenSource broken = new(_images.Source, _images.Names[2], isStamped: true);
        using (ImageCache first = ImageCache.Build(broken, _images.Names, options))
        {
            first.FailedIndices.Should().Equal(2, 7);
            first.Image(1).SequenceEqual(_images.Expected(_images.Names[1], 8, 6)).Should().BeTrue();
            Directory.GetFiles(_images.Path("."), "cache.bin").Should().BeEmpty("it is of this run alone");
        }

        Directory.GetFiles(_images.Path("."), "cache*").Should().BeEmpty();
        using ImageCache second = ImageCache.Build(_images.Source, _images.Names, options), third =
            ImageCache.Build(_images.Source, _images.Names, options);
        second.FailedIndices.Should().Equal(7);
        (second.ReusedFile, third.ReusedFile).Should().Be((false, true));
        third.FailedIndices.Should().Equal(7);
    }

    [Fact]
    public void An_image_that_could_not_be_read_from_the_start_is_known_as_that()
    {
        ImageCacheOptions options = _options with { OnBadImage = ImageFailurePolicy.Skip };
        using BrokenSource broken = new(_images.Source, _images.Names[2], isStamped: false);

        using ImageCache first = ImageCache.Build(broken, _images.Names, options), second =
            ImageCache.Build(broken, _images.Names, options);
        second.ReusedFile.Should().BeTrue();
        second.FailedIndices.Should().Equal(2);
        Build(options).Should().BeFalse("it can be read now");
    }

    [Fact]
    public void Caches_built_at_once_into_one_file_all_work() =>
        Parallel.For(0, 6, _ => Build());

    private bool Build() => Build(_options);

    private bool Build(ImageCacheOptions options) => Build(options, _images.Names);

    /// <summary>Builds, checks every pixel, and says whether the file was reused.</summary>
    private bool Build(ImageCacheOptions options, string[] names, IImageSource? source = null)
    {
        source ??= _images.Source;
        using ImageCache cache = ImageCache.Build(source, names, options);
        for (int i = 0; i < names.Length; i++)
        {
            if (!cache.FailedIndices.Contains(i))
            {
                byte[] expected = new byte[options.Width * options.Height * 3];
                options.Decoder.DecodeResized(source, names[i], null, options.Width, options.Height, expected);
                cache.Image(i).SequenceEqual(expected).Should().BeTrue();
            }
        }

        return cache.ReusedFile;
    }

    /// <summary>Fails to read one image, known by its content or not.</summary>
    private sealed class BrokenSource(IImageSource inner, string broken, bool isStamped) : IImageSource
    {
        public Stream Open(string name) => name == broken ? throw new IOException("Input/output error") : inner.Open(name);

        public bool Exists(string name) => inner.Exists(name);

        public ImageStamp? GetStamp(string name) => name == broken && !isStamped ? default(ImageStamp) : inner.GetStamp(name);

        public string Describe(string name) => inner.Describe(name);

        public void Dispose()
        {
        }
    }
}

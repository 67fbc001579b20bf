using CsCheck;
using SsMfar.Data;
using SsMfar.Imaging;

namespace SsMfar.Tests.Imaging;

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
    public void Changed_images_names_sizes_and_settings_are_noticed()
    {
        Build();
        File.SetLastWriteTimeUtc(_images.Image(_images.Names[4]), new DateTime(2001, 2, 3, 4, 5, 6, DateTimeKind.Utc));
        Build().Should().BeFalse("an image was touched");
        File.WriteAllBytes(_images.Image(_images.Names[1]), TestImages.Jpeg(90, 90, 77));
        Build().Should().BeFalse("an image was replaced");
        Build(_options with { Width = 9 }).Should().BeFalse("the size is another");
        Build(_options with { Width = 9, Decoder = new ImageDecoder { ScaledDecoding = false } }).Should().BeFalse("the decoding is another");
        Build(_options, [.. _images.Names.Reverse()]).Should().BeFalse("the order is another");
        Build(_options, [.. _images.Names.Reverse()]).Should().BeTrue();
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
            .Should().Throw<IOException>().WithMessage($"*{path}*cannot be written*Name a place*");
    }

    [Fact]
    public void What_a_killed_run_left_is_removed_once_it_is_old()
    {
        string old = $"{_options.CacheFile}.0123.tmp", young = $"{_options.CacheFile}.4567.tmp";
        File.WriteAllText(old, "x");
        File.WriteAllText(young, "x");
        File.SetLastWriteTimeUtc(old, new DateTime(2001, 2, 3, 4, 5, 6, DateTimeKind.Utc));

        Build();

        File.Exists(old).Should().BeFalse();
        File.Exists(young).Should().BeTrue();
    }

    [Fact]
    public void Caches_built_at_once_into_one_file_all_work() =>
        Parallel.For(0, 6, _ => Build());

    private bool Build() => Build(_options);

    private bool Build(ImageCacheOptions options) => Build(options, _images.Names);

    /// <summary>Builds, checks every pixel, and says whether the file was reused.</summary>
    private bool Build(ImageCacheOptions options, string[] names)
    {
        using ImageCache cache = ImageCache.Build(_images.Source, names, options);
        for (int i = 0; i < names.Length; i++)
        {
            if (!cache.FailedIndices.Contains(i))
            {
                byte[] expected = new byte[options.Width * options.Height * 3];
                options.Decoder.DecodeResized(_images.Source, names[i], null, options.Width, options.Height, expected);
                cache.Image(i).SequenceEqual(expected).Should().BeTrue();
            }
        }

        return cache.ReusedFile;
    }
}

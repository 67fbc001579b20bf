using System.Collections.Concurrent;
using CsCheck;
using SsMfar.Data;
using SsMfar.Imaging;
using TorchSharp;

namespace SsMfar.Tests.Data;

public sealed class ImageCacheTests : IDisposable
{
    private static readonly ImageCacheOptions Small = new() { Width = 12, Height = 10 };
    private readonly ImageFolder _images = new(23);

    public void Dispose() => _images.Dispose();

    public static TheoryData<string> Places => ["memory", "temporary file", "cache file"];

    [Theory]
    [MemberData(nameof(Places))]
    public void Rows_hold_the_decoded_images_wherever_they_are_kept(string place)
    {
        string[] names = [.. _images.Names, _images.Names[3], _images.Names[0]];

        using ImageCache cache = ImageCache.Build(_images.Source, names, Options(place));

        cache.Count.Should().Be(25);
        cache.IsMemoryMapped.Should().Be(place != "memory");
        cache.FailedIndices.Should().BeEmpty();
        for (int i = 0; i < names.Length; i++)
        {
            cache.Image(i).SequenceEqual(_images.Expected(names[i], 12, 10)).Should().BeTrue();
        }

        Directory.GetFiles(_images.Path("."), "*.tmp").Should().BeEmpty();
    }

    [Fact]
    public void A_name_that_occurs_again_is_decoded_once()
    {
        List<ImageCacheProgress> reports = [];
        string[] names = [.. Enumerable.Repeat(_images.Names[0], 50), _images.Names[1]];

        using ImageCache cache = ImageCache.Build(_images.Source, names, Small, new Recorder(reports));

        reports[^1].Should().Be(new ImageCacheProgress(2, 2));
        cache.Count.Should().Be(51);
    }

    [Fact]
    public void Progress_rises_and_ends_with_all()
    {
        List<ImageCacheProgress> reports = [];

        using ImageCache cache = ImageCache.Build(_images.Source, _images.Names, Small with { DecodeThreads = 4 }, new Recorder(reports));

        reports.Select(report => report.Done).Should().BeInAscendingOrder().And.OnlyHaveUniqueItems();
        reports[^1].Should().Be(new ImageCacheProgress(23, 23));
    }

    [Fact]
    public void Progress_comes_on_the_calling_thread_while_others_decode()
    {
        HashSet<int> reporting = [];
        ConcurrentBag<int> decoding = [];
        List<ImageCacheProgress> reports = [];
        using ManualResetEventSlim told = new();
        Recorder recorder = new(reports, _ =>
        {
            reporting.Add(Environment.CurrentManagedThreadId);
            told.Set();
        });
        WatchedSource waiting = new(_images.Source, () =>
        {
            decoding.Add(Environment.CurrentManagedThreadId);
            if (decoding.Count > 4)
            {
                told.Wait(TimeSpan.FromSeconds(10));
            }
        });

        using ImageCache cache = ImageCache.Build(waiting, _images.Names, Small with { DecodeThreads = 2 }, recorder);

        reporting.Should().Equal(Environment.CurrentManagedThreadId);
        decoding.Should().NotContain(Environment.CurrentManagedThreadId);
        reports.Select(report => report.Done).Should().BeInAscendingOrder().And.OnlyHaveUniqueItems();
        reports[0].Done.Should().BeLessThan(23);
        reports[^1].Should().Be(new ImageCacheProgress(23, 23));
    }

    [Theory]
    [MemberData(nameof(Places))]
    public void What_a_report_throws_comes_as_it_is_once_nothing_is_decoded_any_more(string place)
    {
        int open = 0, opened = 0;
        using ManualResetEventSlim told = new();
        WatchedSource waiting = new(_images.Source, () =>
        {
            Interlocked.Increment(ref open);
            if (Interlocked.Increment(ref opened) > 4)
            {
                told.Wait(TimeSpan.FromSeconds(10));
                Thread.Sleep(100);
            }

            Interlocked.Decrement(ref open);
        });
        Recorder failing = new([], _ =>
        {
            told.Set();
            throw new IOException("the screen is full");
        });

        FluentActions.Invoking(() => ImageCache.Build(waiting, _images.Names, Options(place) with { DecodeThreads = 2 }, failing))
            .Should().Throw<IOException>().WithMessage("the screen is full");

        (open, opened < _images.Names.Length).Should().Be((0, true));
        Directory.GetFiles(_images.Path("."), "cache*").Should().BeEmpty();
        Directory.GetFiles(_images.Path("."), "*.tmp").Should().BeEmpty();
    }

    [Fact]
    public void Gather_copies_any_rows_in_any_order() =>
        WithCache(cache => Gen.Int[0, 22].Array[0, 60].Sample(indices =>
        {
            byte[] pixels = new byte[indices.Length * cache.ImageBytes];
            cache.Gather(indices, pixels);
            for (int i = 0; i < indices.Length; i++)
            {
                pixels.AsSpan(i * cache.ImageBytes, cache.ImageBytes).SequenceEqual(cache.Image(indices[i])).Should().BeTrue();
            }
        }, iter: 50));

    [Fact]
    public void Large_gathers_run_in_parallel_with_the_same_result()
    {
        using ImageCache cache = ImageCache.Build(_images.Source, _images.Names, new ImageCacheOptions());
        int[] indices = [.. Enumerable.Range(0, 150).Select(i => i * 7 % 23)];
        byte[] pixels = new byte[indices.Length * cache.ImageBytes];

        cache.Gather(indices, pixels);

        for (int i = 0; i < indices.Length; i++)
        {
            pixels.AsSpan(i * cache.ImageBytes, cache.ImageBytes).SequenceEqual(cache.Image(indices[i])).Should().BeTrue();
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Tensors_are_channels_last_views_of_the_pixels(bool resident) => WithCache(cache =>
    {
        using var scope = torch.NewDisposeScope();
        if (resident)
        {
            cache.ToDevice(torch.CPU).Should().BeTrue();
        }

        torch.Tensor tensor = cache.GatherTensor([4, 9, 4], torch.CPU);

        tensor.shape.Should().Equal(3, 3, 10, 12);
        tensor.dtype.Should().Be(torch.ScalarType.Byte);
        tensor.stride().Should().Equal(360, 1, 36, 3);
        for (int i = 0; i < 3; i++)
        {
            tensor[i].permute(1, 2, 0).contiguous().bytes.SequenceEqual(cache.Image(i == 1 ? 9 : 4)).Should().BeTrue();
        }

        cache.GatherTensor([], torch.CPU).shape.Should().Equal(0, 3, 10, 12);
    });

    [Fact]
    public void Gathering_leaves_no_tensor_behind() => WithCache(cache =>
    {
        cache.ToDevice(torch.CPU);
        long before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        for (int i = 0; i < 10; i++)
        {
            cache.GatherTensor([1, 2], torch.CPU).Dispose();
        }

        DisposeScopeManager.Statistics.ThreadTotalLiveCount.Should().Be(before);
    });

    [Fact]
    public void A_device_budget_that_is_too_small_keeps_the_pixels_on_the_host()
    {
        using ImageCache cache = ImageCache.Build(_images.Source, _images.Names, Small with { DeviceMemoryBudget = 1000 });

        cache.ToDevice(torch.CPU).Should().BeFalse();
    }

    [Fact]
    public void Wrong_indices_and_lengths_and_use_after_disposal_are_refused()
    {
        ImageCache cache = ImageCache.Build(_images.Source, _images.Names, Small);
        cache.Invoking(c => c.Gather([23], new byte[360])).Should().Throw<ArgumentOutOfRangeException>().WithMessage("*0 to 22*");
        cache.Invoking(c => c.Gather([-1], new byte[360])).Should().Throw<ArgumentOutOfRangeException>();
        cache.Invoking(c => c.Gather([1], new byte[359])).Should().Throw<ArgumentException>();
        cache.Invoking(c => c.GatherTensor([23], torch.CPU)).Should().Throw<ArgumentOutOfRangeException>();
        cache.Dispose();
        cache.Dispose();
        cache.Invoking(c => c.Gather([1], new byte[360])).Should().Throw<ObjectDisposedException>();
        cache.Invoking(c => c.Image(0).Length).Should().Throw<ObjectDisposedException>();
        cache.Invoking(c => c.GatherTensor([1], torch.CPU)).Should().Throw<ObjectDisposedException>();
    }

    [Theory]
    [MemberData(nameof(Places))]
    public void Bad_images_are_fatal_with_their_names_and_count(string place)
    {
        string[] names = WithBadImages();

        ImageCacheException bad = FluentActions.Invoking(() => ImageCache.Build(_images.Source, names, Options(place)))
            .Should().Throw<ImageCacheException>().Which;

        bad.Message.Should().ContainAll("3 of 25 images", "002.jpg", "truncated", "missing.jpg", "no such file", "Skip");
        bad.Failures.Select(failure => failure.Index).Should().Equal(2, 23, 24);
        Directory.GetFiles(_images.Path("."), "cache*").Should().BeEmpty();
    }

    [Theory]
    [MemberData(nameof(Places))]
    public void Bad_images_can_be_skipped_and_are_reported_by_row(string place)
    {
        string[] names = WithBadImages();
        ImageCacheOptions options = Options(place) with { OnBadImage = ImageFailurePolicy.Skip };
        for (int run = 0; run < 2; run++)
        {
            using ImageCache cache = ImageCache.Build(_images.Source, names, options);

            cache.ReusedFile.Should().Be(run == 1 && place == "cache file");
            cache.FailedIndices.Should().Equal(2, 23, 24);
            cache.Failures[0].Message.Should().Contain("truncated");
            cache.Image(2).ToArray().Should().OnlyContain(v => v == 0);
            cache.Image(24).ToArray().Should().OnlyContain(v => v == 0);
            cache.Image(3).SequenceEqual(_images.Expected(names[3], 12, 10)).Should().BeTrue();
        }

        if (place == "cache file")
        {
            FluentActions.Invoking(() => ImageCache.Build(_images.Source, names, Options(place))).Should().Throw<ImageCacheException>();
        }
    }

    [Theory]
    [MemberData(nameof(Places))]
    public void Cancelling_stops_and_leaves_nothing(string place)
    {
        using CancellationTokenSource source = new();
        int opened = 0;
        WatchedSource stopping = new(_images.Source, () =>
        {
            if (++opened == 5)
            {
                source.Cancel();
            }
        });

        FluentActions.Invoking(
            () => ImageCache.Build(stopping, _images.Names, Options(place) with { DecodeThreads = 1 }, null, source.Token))
            .Should().Throw<OperationCanceledException>();

        opened.Should().BeLessThan(_images.Names.Length);
        Directory.GetFiles(_images.Path("."), "cache*").Should().BeEmpty();
        Directory.GetFiles(_images.Path("."), "*.tmp").Should().BeEmpty();
    }

    [Fact]
    public void An_empty_list_makes_an_empty_cache()
    {
        foreach (string place in new[] { "memory", "temporary file", "cache file" })
        {
            using ImageCache cache = ImageCache.Build(_images.Source, [], Options(place));

            cache.Count.Should().Be(0);
            cache.Gather([], []);
        }
    }

    private ImageCacheOptions Options(string place) => place switch
    {
        "memory" => Small,
        "temporary file" => Small with { MemoryBudget = 100, TemporaryFolder = _images.Path(".") },
        _ => Small with { CacheFile = _images.Path("cache.bin") },
    };

    private string[] WithBadImages()
    {
        string cut = _images.Image(_images.Names[2]);
        File.WriteAllBytes(cut, File.ReadAllBytes(cut)[..400]);
        return [.. _images.Names, "missing.jpg", "../outside.jpg"];
    }

    private void WithCache(Action<ImageCache> test)
    {
        using ImageCache cache = ImageCache.Build(_images.Source, _images.Names, Small);
        test(cache);
    }

    private sealed class Recorder(List<ImageCacheProgress> reports, Action<ImageCacheProgress>? act = null) : IProgress<ImageCacheProgress>
    {
        public void Report(ImageCacheProgress value)
        {
            reports.Add(value);
            act?.Invoke(value);
        }
    }

    /// <summary>Says whenever an image is opened, on the thread that opens it.</summary>
    private sealed class WatchedSource(IImageSource inner, Action opening) : IImageSource
    {
        public Stream Open(string name)
        {
            opening();
            return inner.Open(name);
        }

        public bool Exists(string name) => inner.Exists(name);

        public ImageStamp? GetStamp(string name) => inner.GetStamp(name);

        public string Describe(string name) => inner.Describe(name);

        public void Dispose()
        {
        }
    }
}

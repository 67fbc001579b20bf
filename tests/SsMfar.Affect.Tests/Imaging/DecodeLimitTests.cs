using System.IO.Compression;
using SkiaSharp;
using SsMfar.Imaging;
using SsMfar.Tests.Data;

namespace SsMfar.Tests.Imaging;

/// <summary>What small or strange files may cost.</summary>
public sealed class DecodeLimitTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Images_that_are_decoded_at_once_share_the_memory_there_is()
    {
        using SKBitmap bitmap = new(new SKImageInfo(1000, 1000, SKColorType.Rgba8888, SKAlphaType.Opaque));
        byte[] png = TestImages.Encode(bitmap);
        ImageDecoder decoder = new() { MaximumMemory = 9_000_000 };
        long most = 0;
        using CancellationTokenSource done = new();
        Thread watch = new(() =>
        {
            while (!done.IsCancellationRequested)
            {
                most = Math.Max(most, decoder.Budget.Used);
            }
        });
        watch.Start();

        Parallel.For(0, 64, new ParallelOptions { MaxDegreeOfParallelism = 8 }, _ => decoder.Decode(png, "a.png").Width.Should().Be(1000));
        done.Cancel();
        watch.Join();

        most.Should().BeInRange(4_000_000, 9_000_000, "two images of four million bytes fit, and a third does not");
        decoder.Budget.Used.Should().Be(0);
    }

    [Fact]
    public void A_budget_lets_nobody_in_beyond_it_and_a_large_one_alone()
    {
        DecodeBudget budget = new(10);
        int inside = 0, largest = 0, large = 0;
        Parallel.For(0, 300, new ParallelOptions { MaxDegreeOfParallelism = 8 }, i =>
        {
            int size = i % 7 == 0 ? 25 : 1 + i % 5;
            budget.Take(size);
            int now = Interlocked.Add(ref inside, size);
            largest = Math.Max(largest, size == 25 ? 0 : now);
            Interlocked.Add(ref large, size == 25 && now != 25 ? 1 : 0);
            Thread.Yield();
            Interlocked.Add(ref inside, -size);
            budget.Release(size);
        });

        largest.Should().BeLessThanOrEqualTo(10);
        large.Should().Be(0, "what is larger than the budget runs alone");
        budget.Used.Should().Be(0);
    }

    [Fact]
    public async Task A_large_image_gets_its_turn_before_small_ones_that_come_later()
    {
        DecodeBudget budget = new(10);
        List<string> order = [];
        budget.Take(6);
        Task large = Enter("large", 10);
        Task small = Enter("small", 1);
        await Task.Delay(50);
        order.Should().BeEmpty("the small one waits behind the large one, for which there is no room");
        budget.Release(6);
        await Task.WhenAll(large, small).WaitAsync(Patience);

        order.Should().Equal("large", "small");

        Task Enter(string name, long size)
        {
            using ManualResetEventSlim started = new();
            Task task = Task.Factory.StartNew(() =>
            {
                started.Set();
                budget.Take(size);
                lock (order)
                {
                    order.Add(name);
                }

                budget.Release(size);
            }, TaskCreationOptions.LongRunning);
            started.Wait();
            SpinWait.SpinUntil(() => budget.Waiting == (name == "large" ? 1 : 2), Patience).Should().BeTrue();
            return task;
        }
    }

    [Fact]
    public void An_image_that_cannot_be_decoded_gives_its_memory_back()
    {
        ImageDecoder decoder = new() { MaximumMemory = 100_000_000 };
        byte[] jpeg = TestImages.Jpeg(300, 300);
        for (int i = 0; i < 5; i++)
        {
            FluentActions.Invoking(() => decoder.Decode(jpeg.AsSpan(0, jpeg.Length / 2), "cut.jpg")).Should().Throw<ImageDecodeException>();
            FluentActions.Invoking(() => decoder.DecodeResized(jpeg, "a.jpg", new FaceBox(400, 0, 5, 5), 8, 8, new byte[192]))
                .Should().Throw<ImageDecodeException>();
        }

        decoder.Budget.Used.Should().Be(0);
        decoder.MaximumMemory.Should().Be(100_000_000);
        FluentActions.Invoking(() => new ImageDecoder { MaximumMemory = 0 }).Should().Throw<ArgumentOutOfRangeException>();
    }

    [Fact]
    public void A_side_of_millions_of_pixels_is_refused_though_the_pixels_are_few()
    {
        byte[] line = TestImages.EmptyPng(1, 100_000);

        FluentActions.Invoking(() => ImageDecoder.Default.DecodeResized(line, "line.png", null, 112, 112, new byte[112 * 112 * 3]))
            .Should().Throw<ImageDecodeException>().WithMessage("*line.png*1x100000*65535*");
    }

    [Fact]
    public void A_zip_entry_is_judged_by_the_directory_before_it_is_unpacked()
    {
        string path = Zip(1 << 20, declared: 0x7FFF_FFFF);
        using ZipImageSource source = new(path);
        long before = GC.GetAllocatedBytesForCurrentThread();

        FluentActions.Invoking(() => source.Open("a.jpg")).Should().Throw<InvalidDataException>().WithMessage("*2147483647*1073741824*");

        (GC.GetAllocatedBytesForCurrentThread() - before).Should().BeLessThan(500_000);
        FluentActions.Invoking(() => ImageDecoder.Default.Decode(source, "a.jpg"))
            .Should().Throw<ImageDecodeException>().WithMessage($"*{path}:a.jpg*2147483647 bytes*");
    }

    [Theory]
    [InlineData(5000, 900_000_000, "fewer")]
    [InlineData(5000, 5001, "fewer")]
    public void What_the_directory_declares_is_not_taken_before_it_is_there(int real, uint declared, string problem)
    {
        using ZipImageSource source = new(Zip(real, declared));
        long before = GC.GetAllocatedBytesForCurrentThread();

        FluentActions.Invoking(() => source.Open("a.jpg")).Should().Throw<InvalidDataException>().WithMessage($"*{problem}*");

        (GC.GetAllocatedBytesForCurrentThread() - before).Should().BeLessThan(4_000_000);
    }

    [Theory]
    [InlineData(CompressionLevel.Fastest)]
    [InlineData(CompressionLevel.NoCompression)]
    public void An_entry_that_declares_less_than_it_holds_gives_no_more_than_that(CompressionLevel level)
    {
        byte[] jpeg = TestImages.Jpeg(64, 64);
        using ZipImageSource source = new(Zip(jpeg, (uint)jpeg.Length / 2, level));

        FluentActions.Invoking(() => ImageDecoder.Default.Decode(source, "a.jpg")).Should().Throw<ImageDecodeException>();
    }

    [Fact]
    public void A_large_entry_takes_little_more_than_its_size()
    {
        const int size = 40 << 20;
        using ZipImageSource source = new(Zip(size, size));
        long before = GC.GetAllocatedBytesForCurrentThread();

        using (Stream stream = source.Open("a.jpg"))
        {
            stream.Length.Should().Be(size);
        }

        (GC.GetAllocatedBytesForCurrentThread() - before).Should().BeLessThan(3L * size);
    }

    [LinuxFact]
    public async Task Pipes_and_devices_are_refused_and_never_opened()
    {
        string pipe = _folder.File("pipe.jpg"), zip = _folder.File("pipe.zip");
        string link = _folder.File("endless.jpg"), toPipe = _folder.File("link.jpg");
        (await ChildProcess.RunAsync("mkfifo", [pipe, zip])).ExitCode.Should().Be(0);
        File.CreateSymbolicLink(link, "/dev/zero");
        File.CreateSymbolicLink(toPipe, pipe);
        using FolderImageSource source = new(_folder.Path);
        Action[] opening =
        [
            .. new[] { pipe, link, toPipe }.SelectMany(path => new Action[]
            {
                () => Refused(() => ImageDecoder.Default.Decode(path), Path.GetFileName(path)),
                () => Refused(() => ImageDecoder.Default.Decode(source, Path.GetFileName(path)), Path.GetFileName(path)),
                () => source.GetStamp(Path.GetFileName(path)).Should().Be(default(ImageStamp)),
            }),
            () => FluentActions.Invoking(() => ImageSource.Open(zip))
                .Should().Throw<InvalidDataException>().WithMessage("*pipe.zip*a pipe*"),
        ];

        // Whoever opens a pipe that nobody writes to never comes back.
        await Task.Run(() => Array.ForEach(opening, open => open())).WaitAsync(Patience);

        static void Refused(Action open, string name) =>
            open.Should().Throw<ImageDecodeException>().WithMessage($"*{name}*a pipe, a socket or a device, not a file*");
    }

    private string Zip(int size, uint declared) => Zip(new byte[size], declared, CompressionLevel.Fastest);

    /// <summary>An archive of one entry, whose directory declares a size of its own.</summary>
    private string Zip(byte[] content, uint declared, CompressionLevel level)
    {
        string path = _folder.File("a.zip");
        using (ZipArchive archive = ZipFile.Open(path, ZipArchiveMode.Create))
        {
            using Stream entry = archive.CreateEntry("a.jpg", level).Open();
            entry.Write(content);
        }

        byte[] bytes = File.ReadAllBytes(path);
        int directory = bytes.AsSpan().IndexOf("PK\u0001\u0002"u8);
        BitConverter.GetBytes(declared).CopyTo(bytes, directory + 24);
        File.WriteAllBytes(path, bytes);
        return path;
    }
}

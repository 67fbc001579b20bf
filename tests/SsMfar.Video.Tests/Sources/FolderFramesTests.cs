using SsMfar.Video;

namespace SsMfar.Tests.Video;

/// <summary>The images of a folder as frames.</summary>
public sealed class FolderFramesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Images_come_in_natural_order_with_their_times()
    {
        Write("f10.png", "f9.png", "f11.png", "f08.png");

        FolderFrames frames = new(_folder.File(""), 4);

        (await All(frames)).Should().Equal((0, 0.0, "f08.png"), (1, 0.25, "f9.png"), (2, 0.5, "f10.png"), (3, 0.75, "f11.png"));
        frames.FrameCount.Should().Be(4);
        frames.Notes.Should().BeEmpty();
        frames.Images[2].Should().Be("f10.png");
        (await All(frames, 3)).Should().Equal((3, 0.75, "f11.png"));
    }

    [Fact]
    public async Task A_number_without_an_image_is_a_frame_that_is_missing()
    {
        Write([.. Enumerable.Range(100, 12).Where(i => i is < 104 or > 106).Select(i => $"cam_{i}.png")]);

        FolderFrames frames = new(_folder.File(""), 30);

        List<VideoFrame> all = await frames.ReadAsync().ToListAsync();
        all.Select(frame => frame.Index).Should().Equal(Enumerable.Range(0, 12).Select(i => (long)i));
        all.Where(frame => frame.Image is null).Select(frame => (frame.Index, frame.Reason)).Should()
            .Equal((4, "the frame is missing"), (5, "the frame is missing"), (6, "the frame is missing"));
        all[7].Time.Should().BeApproximately(7 / 30.0, 1e-12);
        frames.Notes.Should().ContainSingle().Which.Should().StartWith("3 of 12 frames are missing");
        (await frames.ReadAsync(5).ToListAsync()).Select(frame => frame.Index).Should().Equal(5, 6, 7, 8, 9, 10, 11);
    }

    [Fact]
    public async Task Numbers_that_are_not_those_of_frames_only_order()
    {
        Write("1000.png", "1010.png", "1020.png", "1040.png", "1050.png");
        (await All(new(_folder.File("")))).Select(frame => frame.Index).Should()
            .Equal([0, 1, 2, 3, 4, 5], "steps of ten are frames, of which one is missing");
        Write("5000.png");
        (await All(new(_folder.File("")))).Should().HaveCount(6, "most numbers have no image");
        Write("other1.png");
        FolderFrames mixed = new(_folder.File(""));
        mixed.FrameCount.Should().Be(7);
        (await All(mixed))[^1].Name.Should().Be("other1.png");
    }

    [Fact]
    public void The_stamp_changes_with_the_images_and_the_rate()
    {
        Write("1.png", "2.png");
        string before = new FolderFrames(_folder.File("")).Stamp;

        new FolderFrames(_folder.File("")).Stamp.Should().Be(before);
        new FolderFrames(_folder.File(""), 25).Stamp.Should().NotBe(before);
        File.WriteAllBytes(_folder.File("2.png"), [1, 2]);
        new FolderFrames(_folder.File("")).Stamp.Should().NotBe(before);
    }

    [UnixFact]
    public void The_stamp_changes_with_the_images_that_links_lead_to()
    {
        Write("images/1.png", "images/2.png");
        string folder = Directory.CreateDirectory(_folder.File("links")).FullName;
        File.CreateSymbolicLink(Path.Combine(folder, "1.png"), _folder.File("images/1.png"));
        string before = new FolderFrames(folder).Stamp;

        new FolderFrames(folder).Stamp.Should().Be(before);
        File.WriteAllBytes(_folder.File("images/2.png"), [1, 2]);
        new FolderFrames(folder).Stamp.Should().Be(before);
        File.WriteAllBytes(_folder.File("images/1.png"), [1, 2]);
        new FolderFrames(folder).Stamp.Should().NotBe(before);
    }

    [UnixFact]
    public async Task Links_to_one_picture_are_a_frame_each()
    {
        Write("held/still.png", "clip/1.png", "clip/4.png");
        foreach (int i in new[] { 2, 3, 5, 6 })
        {
            File.CreateSymbolicLink(_folder.File($"clip/{i}.png"), _folder.File(i < 4 ? "clip/1.png" : "held/still.png"));
        }

        FolderFrames frames = new(_folder.File("clip"), 4);

        (await All(frames)).Should().Equal(
            (0, 0.0, "1.png"), (1, 0.25, "2.png"), (2, 0.5, "3.png"), (3, 0.75, "4.png"), (4, 1.0, "5.png"), (5, 1.25, "6.png"));
        frames.Notes.Should().BeEmpty();
    }

    [UnixFact]
    public async Task A_link_that_leads_to_itself_is_a_frame_that_cannot_be_read_and_ends_nothing()
    {
        Write("1.png", "2.png");
        string before = new FolderFrames(_folder.File("")).Stamp;
        File.CreateSymbolicLink(_folder.File("3.png"), _folder.File("3.png"));
        FolderFrames frames = new(_folder.File(""));

        string stamp = frames.Stamp;
        stamp.Should().NotBe(before);
        new FolderFrames(_folder.File("")).Stamp.Should().Be(stamp);
        File.WriteAllBytes(_folder.File("1.png"), [1, 2]);
        frames.Stamp.Should().Be(stamp, "it is made once");
        (await All(frames)).Select(frame => frame.Name).Should().Equal("1.png", "2.png", "3.png");
    }

    [Fact]
    public void A_folder_without_images_is_refused() =>
        FluentActions.Invoking(() => new FolderFrames(_folder.File(""))).Should().Throw<VideoSourceException>()
            .WithMessage("*has no JPEG*Give a folder of images*").Which.Remedy.Should().NotBeNull();

    private void Write(params string[] names)
    {
        foreach (string name in names)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(_folder.File(name))!);
            File.WriteAllBytes(_folder.File(name), [1]);
        }
    }

    private static async Task<List<(long Index, double Time, string Name)>> All(FolderFrames frames, long first = 0) =>
        [.. (await frames.ReadAsync(first).ToListAsync()).Select(frame => (frame.Index, frame.Time, frame.Image?.Name ?? ""))];
}

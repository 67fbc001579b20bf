using System.Collections.Immutable;
using Parquet;
using Parquet.Schema;
using SkiaSharp;
using SsMfar.Data;
using SsMfar.Importing;
using SsMfar.Metadata;
using SsMfar.Predictions;
using SsMfar.Video;

namespace SsMfar.Tests.Video;

/// <summary>Tables of frames, in the columns that their readers document.</summary>
public sealed class FrameTableTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static readonly FrameResult[] Frames =
    [
        new(0, 0, [Readings.Face(0, Readings.Of(0.5, -0.25, 0.75, 0.625)), Readings.Face(1, Readings.Of(0, 0, 0.1), 100)]),
        new(1, 1 / 30.0, "no face was found"),
        new(2, 2 / 30.0, "it is truncated, or \"worse\"", failed: true),
        new(3, 62.5, [Readings.Face(1, null) with { Error = "the model gave no numbers" }]),
    ];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task The_plain_table_has_a_row_for_every_frame_and_face()
    {
        string[] lines = await WriteAsync(FrameTableFormat.Plain);

        lines[0].Should().Be(
            "frame,time,track,x,y,width,height,score,expression,p_Neutral,p_Anger,p_Disgust,p_Fear,p_Happiness,p_Sadness,p_Surprise," +
            "p_Other,valence,arousal,AU1,p_AU1,AU2,p_AU2,AU4,p_AU4,AU6,p_AU6,AU7,p_AU7,AU10,p_AU10,AU12,p_AU12,AU15,p_AU15,AU23,p_AU23," +
            "AU24,p_AU24,AU25,p_AU25,AU26,p_AU26,reason");
        lines.Should().HaveCount(6);
        lines[1].Should().StartWith("0,0,0,10,20.5,30,40,0.875,Happiness,0.035714,").And.Contain(",0.5,-0.25,0,0.25,")
            .And.Contain(",1,0.625,").And.EndWith(",0.25,");
        lines[2].Should().StartWith("0,0,1,100,20.5,");
        lines[3].Should().Be("1,0.033333" + new string(',', 42) + "no face was found");
        lines[4].Should().EndWith(",\"it is truncated, or \"\"worse\"\"\"");
        lines[5].Should().StartWith("3,62.5,1,10,20.5,30,40,0.875,,").And.EndWith(",the model gave no numbers");
    }

    [Fact]
    public async Task A_task_that_the_model_lacks_has_no_columns()
    {
        string path = _folder.File("faces.csv");
        await using (FrameTableWriter writer = await FrameTableWriter.CreateAsync(path))
        {
            await writer.WriteAsync(Frames[0]);
            await writer.CompleteAsync();
        }

        (await File.ReadAllLinesAsync(path))[0].Should().Be("frame,time,track,x,y,width,height,score,reason");
    }

    [Fact]
    public void Columns_suit_readings_of_the_models_classes_and_units_alone()
    {
        ActionUnitPrediction disfa = new([.. Enumerable.Repeat(0.5f, 12)], units: ActionUnitSet.Disfa);
        ExpressionPrediction fewer = new(new("Neutral", "Anger"), [0.5f, 0.5f]);
        ImmutableArray<float> values = [.. Enumerable.Repeat(1f, 12)];
        ModelMetadata intensities = Readings.Metadata with
        {
            Decoders = Readings.Metadata.Decoders.Add(
                AffectTaskNames.ActionUnitIntensity, new ActionUnitIntensityDecoder(ActionUnitSet.Disfa).Description),
        };

        FrameColumns.Suit(Readings.Metadata, Readings.Of(0, 0, 0.5)).Should().BeTrue();
        FrameColumns.Suit(Readings.Metadata, new()).Should().BeTrue("a table may have empty fields");
        FrameColumns.Suit(null, new() { ActionUnits = disfa, Expression = fewer }).Should().BeTrue("it has no such columns");
        FrameColumns.Suit(Readings.Metadata, new() { ActionUnits = disfa }).Should().BeFalse();
        FrameColumns.Suit(Readings.Metadata, new() { Expression = fewer }).Should().BeFalse();
        FrameColumns.Suit(intensities, new() { ActionUnitIntensities = new(values, ActionUnitSet.Disfa) }).Should().BeTrue();
        FrameColumns.Suit(intensities, new() { ActionUnitIntensities = new(values, ActionUnitSet.AffWild2) }).Should().BeFalse();
    }

    [Fact]
    public async Task The_openface_table_has_its_columns_in_its_order()
    {
        string[] lines = await WriteAsync(FrameTableFormat.OpenFace);

        // The header of FeatureExtraction with -aus, less the intensities and the units that the model does not have.
        string[] theirs = ("frame,face_id,timestamp,confidence,success,AU01_c,AU02_c,AU04_c,AU05_c,AU06_c,AU07_c,AU09_c,AU10_c,AU12_c," +
            "AU14_c,AU15_c,AU17_c,AU20_c,AU23_c,AU25_c,AU26_c,AU28_c,AU45_c").Split(',');
        string[] ours = lines[0].Split(',');
        ours.Should().Equal(theirs.Intersect(ours)).And.HaveCount(5 + 11);
        lines[1].Should().Be("1,0,0.000,0.88,1,0.0,0.0,0.0,0.0,0.0,0.0,1.0,0.0,0.0,0.0,0.0");
        lines[3].Should().Be("2,0,0.033,0.00,0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0");
        lines[5].Should().StartWith("4,1,62.500,0.88,0,");
    }

    [Fact]
    public async Task The_fex_table_has_its_columns_in_its_order()
    {
        string[] lines = await WriteAsync(FrameTableFormat.Fex);

        lines[0].Should().Be(
            "FaceRectX,FaceRectY,FaceRectWidth,FaceRectHeight,FaceScore,AU01,AU02,AU04,AU06,AU07,AU10,AU12,AU15,AU23,AU24,AU25,AU26," +
            "anger,disgust,fear,happiness,sadness,surprise,neutral,valence,arousal,input,frame,approx_time,track");
        lines[1].Should().StartWith("10,20.5,30,40,0.875,0.25,").And.Contain(",0.625,")
            .And.EndWith(",0.035714,0.75,0.035714,0.035714,0.035714,0.5,-0.25,clip.mp4,0,00:00,0");
        lines[3].Should().Be(new string(',', 26) + "clip.mp4,1,00:00,");
        lines[5].Should().EndWith(",clip.mp4,3,01:02,1");
    }

    [Theory]
    [InlineData(FrameTableFormat.OpenFace, "openface", "clip/00001.jpg")]
    [InlineData(FrameTableFormat.Fex, "fex", "clip/00001.jpg")]
    public async Task Both_are_read_back_as_labels(FrameTableFormat format, string from, string image)
    {
        Directory.CreateDirectory(_folder.File("clip"));
        foreach (int i in Enumerable.Range(1, 4))
        {
            await File.WriteAllBytesAsync(_folder.File($"clip/{i:D5}.jpg"), TestImages.Jpeg(8, 8, i));
        }

        await WriteAsync(format, "clip.csv");

        AnnotationSet labels = DatasetImporter.Parse(from).Import(_folder.Path).Annotations;

        AnnotationRow row = labels.Single(one => one.Image == image);
        row.ActionUnits[6].Should().BeTrue();
        row.ActionUnits[0].Should().BeFalse();
        labels.Select(one => one.Image).Should().NotContain("clip/00002.jpg");
    }

    [Theory]
    [InlineData(FrameTableFormat.OpenFace, "openface")]
    [InlineData(FrameTableFormat.Fex, "fex")]
    public async Task A_table_of_a_folder_gives_each_image_its_own_labels(FrameTableFormat format, string from)
    {
        // Numbered from 0; the third is missing, and the sixth has no face.
        WriteImages([.. new[] { 0, 1, 3, 4, 5 }.Select(i => $"{i:D5}.png")]);

        await WriteFolderAsync(format, _folder.File("clip"), 5);

        LabelsOf(from).Should().Equal(
            ("clip/00000.png", false), ("clip/00001.png", true), ("clip/00003.png", false), ("clip/00004.png", true));
    }

    [Fact]
    public async Task Images_without_numbers_are_told_by_their_names()
    {
        WriteImages("anna.png", "b/zoe.png", "clara.png");

        // As from the working folder, with a separator at the end.
        await WriteFolderAsync(FrameTableFormat.Fex, Path.GetRelativePath(Environment.CurrentDirectory, _folder.File("clip")) + "/");

        LabelsOf("fex").Should().Equal(("clip/anna.png", false), ("clip/b/zoe.png", true), ("clip/clara.png", false));
    }

    [Theory]
    [InlineData("7.png 9.png 30.png 500.png", "7 9 30 500")]
    [InlineData("a1.png b5.png c6.png", "1 5 6")]
    [InlineData("a5.png b5.png c6.png", "1 2 3")]
    [InlineData("1.png 2147483648.png", "1 2")]
    [InlineData("f10.png f12.png f16.png", "10 12 14 16")]
    public async Task The_openface_table_of_a_folder_has_the_numbers_of_the_names_where_they_go_up(string names, string numbers)
    {
        WriteImages(names.Split(' '));

        await WriteFolderAsync(FrameTableFormat.OpenFace, _folder.File("clip"));

        (await File.ReadAllLinesAsync(_folder.File("clip.csv")))[1..].Select(line => line.Split(',')[0]).Should()
            .Equal(numbers.Split(' '));
    }

    [Fact]
    public async Task The_parquet_table_has_the_plain_columns_with_numbers_and_nulls()
    {
        string[] plain = await WriteAsync(FrameTableFormat.Plain);
        await WriteAsync(FrameTableFormat.Parquet, "table.parquet");

        await using ParquetReader reader = await ParquetReader.CreateAsync(_folder.File("table.parquet"));
        DataField[] fields = reader.Schema.DataFields;
        using ParquetRowGroupReader group = reader.OpenRowGroupReader(0);

        string.Join(',', fields.Select(field => field.Name)).Should().Be(plain[0]);
        group.RowCount.Should().Be(5);
        (await Numbers<long>("frame")).Should().Equal(0, 0, 1, 2, 3);
        (await Numbers<long>("track")).Should().Equal(0, 1, null, null, 1);
        (await Numbers<double>("valence")).Should().Equal(0.5, 0, null, null, null);
        (await Numbers<double>("time"))[4].Should().Be(62.5);
        string?[] reasons = new string?[5];
        await group.ReadAsync(fields[^1], reasons.AsMemory());
        reasons.Should().Equal(null, null, "no face was found", "it is truncated, or \"worse\"", "the model gave no numbers");

        async Task<T?[]> Numbers<T>(string name)
            where T : struct
        {
            T?[] values = new T?[5];
            await group.ReadAsync<T>(fields.Single(field => field.Name == name), values.AsMemory());
            return values;
        }
    }

    [Fact]
    public async Task Many_rows_are_in_several_groups_and_the_same_rows_the_same_bytes()
    {
        for (int i = 0; i < 2; i++)
        {
            await using FrameTableWriter writer = await FrameTableWriter.CreateAsync(
                _folder.File($"{i}.parquet"), FrameTableFormat.Parquet, Readings.Metadata);
            foreach (FrameResult frame in Readings.Track(9000, 30, time => Math.Sin(time)))
            {
                await writer.WriteAsync(frame);
            }

            await writer.CompleteAsync();
        }

        File.ReadAllBytes(_folder.File("0.parquet")).Should().Equal(File.ReadAllBytes(_folder.File("1.parquet")));
        await using ParquetReader reader = await ParquetReader.CreateAsync(_folder.File("0.parquet"));
        reader.RowGroupCount.Should().Be(2);
    }

    [Fact]
    public async Task A_table_that_is_not_complete_leaves_what_was_there()
    {
        string path = _folder.File("table.csv");
        await File.WriteAllTextAsync(path, "before");
        await using (FrameTableWriter writer = await FrameTableWriter.CreateAsync(path))
        {
            await writer.WriteAsync(Frames[0]);
        }

        (await File.ReadAllTextAsync(path)).Should().Be("before");
        Directory.GetFileSystemEntries(_folder.Path).Should().ContainSingle();
    }

    [LinuxFact]
    public async Task What_is_no_plain_file_is_written_in_its_place()
    {
        // As /dev/stdout is: a rename onto it would replace it.
        string path = _folder.File("behind");
        await using (FileStream behind = new(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.ReadWrite))
        {
            await using FrameTableWriter writer = await FrameTableWriter.CreateAsync(
                $"/proc/self/fd/{behind.SafeFileHandle.DangerousGetHandle()}", FrameTableFormat.Plain, Readings.Metadata, "clip.mp4");
            foreach (FrameResult frame in Frames)
            {
                await writer.WriteAsync(frame);
            }

            await writer.CompleteAsync();
        }

        (await File.ReadAllLinesAsync(path)).Should().Equal(await WriteAsync(FrameTableFormat.Plain));
    }

    [Theory]
    [InlineData(FrameTableFormat.Plain, false)]
    [InlineData(FrameTableFormat.Plain, true)]
    [InlineData(FrameTableFormat.Parquet, false)]
    [InlineData(FrameTableFormat.Parquet, true)]
    public async Task A_disk_that_fails_again_when_the_file_is_closed_leaves_nothing_and_its_first_word_counts(
        FrameTableFormat format, bool isTooLarge)
    {
        string path = _folder.File("table");
        Func<Task> write = async () =>
        {
            await using FrameTableWriter writer = await FrameTableWriter.CreateAsync(
                path, format, Readings.Metadata, "clip.mp4", aside => new FullDisk(aside, isTooLarge));
            await writer.WriteAsync(Frames[0]);
            await writer.CompleteAsync();
        };

        (await write.Should().ThrowAsync<IOException>()).WithMessage(
            isTooLarge ? $"'{path}' is larger than a file may be here." : $"write '{path}'");
        Directory.GetFileSystemEntries(_folder.Path).Should().BeEmpty();
    }

    [Fact]
    public async Task A_folder_that_is_not_there_is_told_by_the_table_that_was_asked_for()
    {
        string path = _folder.File("none/table.csv");

        (await ((Func<Task>)(() => FrameTableWriter.CreateAsync(path))).Should().ThrowAsync<DirectoryNotFoundException>())
            .WithMessage($"*'{path}'*");
    }

    // Every second image is red, which is AU12.
    private void WriteImages(params string[] names)
    {
        foreach ((int i, string name) in names.Index())
        {
            using SKBitmap image = new(8, 8);
            image.Erase(i % 2 == 0 ? SKColors.Black : SKColors.Red);
            string path = _folder.File($"clip/{name}");
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllBytes(path, TestImages.Encode(image));
        }
    }

    // A face in each frame but one; the table of two parts is the same.
    private async Task WriteFolderAsync(FrameTableFormat format, string source, long? without = null)
    {
        VideoReader reader = new(new ColorPredictor(), frame => frame.Index == without ? [] : [new(0, 0, 8, 8)]);
        VideoRunOptions options = new() { Table = _folder.File("clip.csv"), Format = format };
        await VideoRun.RunAsync(new FolderFrames(source), reader, options);
        byte[] whole = await File.ReadAllBytesAsync(options.Table);
        string[] parts = [_folder.File("1.part"), _folder.File("2.part")];
        await VideoParts.ReadAsync(new FolderFrames(source), reader, new() { Path = parts[0], End = 2 });
        await VideoParts.ReadAsync(new FolderFrames(source), reader, new() { Path = parts[1], First = 2 });

        await VideoParts.GatherAsync(parts, options);

        (await File.ReadAllBytesAsync(options.Table)).Should().Equal(whole);
    }

    private IEnumerable<(string Image, bool? IsRed)> LabelsOf(string from) =>
        DatasetImporter.Parse(from).Import(_folder.Path).Annotations.Select(row => (row.Image, row.ActionUnits[6]));

    private async Task<string[]> WriteAsync(FrameTableFormat format, string name = "table.csv")
    {
        await using (FrameTableWriter writer = await FrameTableWriter.CreateAsync(
            _folder.File(name), format, Readings.Metadata, "clip.mp4"))
        {
            foreach (FrameResult frame in Frames)
            {
                await writer.WriteAsync(frame);
            }

            await writer.CompleteAsync();
        }

        return format == FrameTableFormat.Parquet ? [] : await File.ReadAllLinesAsync(_folder.File(name));
    }

    /// <summary>
    /// A file on a full disk, or larger than one may be, for which .NET has another exception: nothing can be written, and closing fails
    /// too, where it puts the rest on the disk.
    /// </summary>
    private sealed class FullDisk(string path, bool isTooLarge) : FileStream(path, FileMode.CreateNew, FileAccess.ReadWrite)
    {
        public override void Write(byte[] buffer, int offset, int count) => throw Failure("write");

        public override void Write(ReadOnlySpan<byte> buffer) => throw Failure("write");

        public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            Task.FromException(Failure("write"));

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
            ValueTask.FromException(Failure("write"));

        public override async ValueTask DisposeAsync()
        {
            await base.DisposeAsync();
            throw Failure("close");
        }

        private Exception Failure(string value) => isTooLarge
            ? new ArgumentOutOfRangeException(nameof(value))
            : new IOException($"{value} '{Name}'");
    }
}

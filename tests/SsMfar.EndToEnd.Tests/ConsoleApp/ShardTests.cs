using System.Security.Cryptography;
using System.Text;

namespace SsMfar.Tests.ConsoleApp;

/// <summary><c>predict --shard</c> and <c>gather</c>: what one process writes, byte by byte, or no file.</summary>
public sealed class ShardTests(TrainedRun run) : IClassFixture<TrainedRun>
{
    private const int Parts = 4;

    [Fact]
    public async Task Four_parts_are_put_together_as_one_process_writes_them_whatever_becomes_of_the_workers()
    {
        string folder = Directory.CreateDirectory(run.PathOf("shards")).FullName;
        string data = Path.Combine(folder, "data"), whole = Path.Combine(folder, "whole.txt"), sure = Path.Combine(folder, "whole.csv");
        await ConsoleProgram.JsonAsync(
            "render", "--out", data, "--faces", "120", "--validation-faces", "8", "--size", "48", "--seed", "5");
        string[] predict = ["predict", "--model", run.Model, "--list", Path.Combine(data, "train.txt"), "--data", data, "--device", "cpu"];
        (await ConsoleProgram.RunAsync([.. predict, "--out", whole, "--probabilities", sure])).ExitCode.Should().Be(0);
        foreach (int part in Enumerable.Range(1, Parts))
        {
            (await ConsoleProgram.RunAsync(
                [.. predict, "--shard", $"{part}/{Parts}", "--out", Text(part), "--probabilities", Sure(part)])).ExitCode.Should().Be(0);
        }

        // In any order.
        await GatherAsync(Path.Combine(folder, "gathered.txt"), Text(3), Text(1), Text(4), Text(2));
        await GatherAsync(Path.Combine(folder, "gathered.csv"), Sure(1), Sure(2), Sure(3), Sure(4));
        File.ReadAllBytes(Path.Combine(folder, "gathered.txt")).Should().Equal(File.ReadAllBytes(whole));
        File.ReadAllBytes(Path.Combine(folder, "gathered.csv")).Should().Equal(File.ReadAllBytes(sure));

        string refused = Path.Combine(folder, "refused.txt");
        (await RefusalAsync(refused, Text(1), Text(2), Text(4))).Should().Contain("Of 4 parts 1 are missing: 3.");
        (await RefusalAsync(refused, Text(1), Text(2), Text(2), Text(3))).Should().Contain("are both part 2/4");
        (await RefusalAsync(refused, Text(1), Sure(2), Text(3), Text(4))).Should().Contain("other work");
        (await RefusalAsync(refused, Text(1), whole, Text(3), Text(4))).Should().Contain("this is no part");
        File.WriteAllText(Text(2), File.ReadAllText(Text(2))[..^9]);
        (await RefusalAsync(refused, Text(1), Text(2), Text(3), Text(4))).Should().Contain("damaged or not whole");
        File.Exists(refused).Should().BeFalse();

        // The same commands once more: what is whole stays as it is, the rest is made again.
        DateTime before = File.GetLastWriteTimeUtc(Text(1));
        foreach (int part in Enumerable.Range(1, 2))
        {
            ChildProcess.Outcome again = await ConsoleProgram.RunAsync(
                [.. predict, "--shard", $"{part}/{Parts}", "--out", Text(part), "--probabilities", Sure(part)]);
            again.ExitCode.Should().Be(0);
            again.Error.Contains("is done", StringComparison.Ordinal).Should().Be(part == 1);
        }

        File.GetLastWriteTimeUtc(Text(1)).Should().Be(before);
        await GatherAsync(Path.Combine(folder, "gathered.txt"), Text(1), Text(2), Text(3), Text(4));
        File.ReadAllBytes(Path.Combine(folder, "gathered.txt")).Should().Equal(File.ReadAllBytes(whole));

        // Another picture under a name of the second part: the first is still done, the second is not.
        string[] names = [.. File.ReadLines(whole).Skip(1).Select(line => line.Split(',')[0])];
        File.Copy(Path.Combine(data, names[0]), Path.Combine(data, names[40]), overwrite: true);
        foreach (int part in Enumerable.Range(1, 2))
        {
            ChildProcess.Outcome changed = await ConsoleProgram.RunAsync(
                [.. predict, "--shard", $"{part}/{Parts}", "--out", Text(part), "--probabilities", Sure(part)]);
            changed.Error.Contains("is done", StringComparison.Ordinal).Should().Be(part == 1, changed.Everything);
        }

        File.GetLastWriteTimeUtc(Text(1)).Should().Be(before);
        Row(Text(2), names[40]).Should().Be(Row(Text(1), names[0]), "it is the same picture now");

        string Text(int part) => Path.Combine(folder, $"part-{part}.txt");

        string Sure(int part) => Path.Combine(folder, $"part-{part}.csv");

        static string Row(string part, string name) =>
            File.ReadLines(part).Single(line => line.StartsWith(name + ',', StringComparison.Ordinal))[name.Length..];
    }

    [Theory]
    [InlineData("0/2", "must be I/N")]
    [InlineData("3/2", "must be I/N")]
    [InlineData("1/9", "a part has whole blocks of 32 images, and there are 64: make 2 parts at most")]
    [InlineData("1/2 fill", "do not go together")]
    [InlineData("1/2 stdout", "add --out FILE or --probabilities FILE")]
    public async Task Parts_that_cannot_be_are_refused(string shard, string message)
    {
        string[] more = shard.EndsWith(" fill", StringComparison.Ordinal) ? ["--on-bad-image", "fill"] : [];
        string[] output = shard.EndsWith(" stdout", StringComparison.Ordinal) ? [] : ["--out", run.PathOf("refused-part.txt")];
        string line = await ConsoleProgram.RefusalAsync(
            ["predict", "--model", run.Model, "--list", run.Train, "--data", run.Data, "--shard", shard.Split(' ')[0], .. output, .. more]);

        line.Should().Contain(message);
    }

    [Fact]
    public async Task Parts_that_divide_the_work_otherwise_or_have_other_columns_are_not_put_together()
    {
        string first = Part("first", 1, 2, "image,calm\na.jpg,1\n"), second = Part("second", 2, 2, "image,calm\nb.jpg,0\n");
        string third = Part("third", 2, 3, "image,calm\nb.jpg,0\n"), other = Part("other", 2, 2, "image,wild\nb.jpg,0\n");
        string gathered = run.PathOf("gathered-by-hand.csv");

        (await RefusalAsync(gathered, first, third)).Should().Contain("is part 2/3 of other work");
        (await RefusalAsync(gathered, first, other)).Should().Contain("its columns are others");
        File.Exists(gathered).Should().BeFalse();
        await GatherAsync(gathered, first, second);
        File.ReadAllText(gathered).Should().Be("image,calm\na.jpg,1\nb.jpg,0\n");

        string Part(string name, int part, int of, string table)
        {
            string path = run.PathOf($"part-{name}.csv"), sum = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(table)));
            File.WriteAllText(
                path, $$"""#ssmfar-part {"Command":"predict","Part":{{part}},"Of":{{of}},"Work":"w","Sha256":"{{sum}}"}""" + '\n' + table);
            return path;
        }
    }

    [LinuxFact]
    public async Task A_part_that_is_a_pipe_is_refused_before_it_is_opened()
    {
        // Nobody writes to it: opened, it would never return.
        string pipe = run.PathOf("part-pipe");
        (await ChildProcess.RunAsync("mkfifo", [pipe])).ExitCode.Should().Be(0);

        (await RefusalAsync(run.PathOf("gathered-of-pipes.csv"), pipe)).Should().ContainAll("part-pipe", "a pipe or a device");
    }

    private static async Task GatherAsync(string output, params string[] parts)
    {
        ChildProcess.Outcome outcome = await ConsoleProgram.RunAsync(["gather", "--out", output, .. parts]);
        outcome.ExitCode.Should().Be(0, outcome.Everything);
    }

    private static Task<string> RefusalAsync(string output, params string[] parts) =>
        ConsoleProgram.RefusalAsync(["gather", "--out", output, .. parts]);
}

using System.Globalization;
using SsMfar.ConsoleApp.Shell;
using SsMfar.Data;

namespace SsMfar.ConsoleApp.Commands;

/// <summary>
/// The folder of a training run. Beside the checkpoints it keeps what the run was started with in the words of the command line, so that
/// resuming with other options is refused at once and by their names.
/// </summary>
internal sealed class RunFolder
{
    // What a run replaces as it goes and at its end.
    private static readonly string[] Written = ["model.safetensors", "history.json", "history.jsonl", "report.html", "report.json"];

    private readonly string _folder;
    private readonly bool _isNew;
    private readonly SortedDictionary<string, string> _settings;

    private RunFolder(string folder, bool isNew, SortedDictionary<string, string> settings) =>
        (_folder, _isNew, _settings) = (folder, isNew, settings);

    public string Checkpoints => CheckpointsIn(_folder);

    public string Model => ModelIn(_folder);

    public string History => Path.Combine(_folder, "history.json");

    /// <summary>The epochs that have ended, a line each.</summary>
    public string HistoryLines => Path.Combine(_folder, "history.jsonl");

    /// <summary>The folder itself, for the page about the run.</summary>
    public string Folder => _folder;

    private string Settings => SettingsIn(_folder);

    /// <summary>The model of the run in a folder.</summary>
    public static string ModelIn(string folder) => Path.Combine(folder, "model.safetensors");

    /// <summary>Whether a run was started in its folder.</summary>
    public static bool IsStarted(TrainArguments arguments) => File.Exists(SettingsIn(arguments.Out));

    /// <summary>Checks that a run may start, or go on, and writes down what it was started with.</summary>
    /// <exception cref="BadInputException">
    /// The folder is not empty without <c>--resume</c>, has files that no run wrote, or the run there was started with other options.
    /// </exception>
    public static RunFolder Open(TrainArguments arguments)
    {
        bool isNew = Outputs.IsEmpty(arguments.Out);
        if (!isNew && !arguments.Resume)
        {
            throw new BadInputException(
                $"--out '{arguments.Out}' is not empty: add --resume to go on with the run there, or choose another folder.");
        }

        SortedDictionary<string, string> settings = Describe(arguments);
        RunFolder run = new(arguments.Out, isNew, settings);
        if (File.Exists(run.Settings))
        {
            StartRecord.RequireSame(run.Settings, settings, "run", WithoutCourse);
        }
        else
        {
            // Messages of this very command may be on their way into the folder; what a run would replace may not be there.
            Outputs.RequireNone("--out", arguments.Out, "run", Path.GetFileName(run.Settings), Written);
            Directory.CreateDirectory(run.Checkpoints);
            StartRecord.Write(run.Settings, settings);
        }

        return run;
    }

    /// <summary>The folder that another rank opens and writes.</summary>
    public static RunFolder OfFirst(TrainArguments arguments) => new(arguments.Out, isNew: false, []) { IsOfFirst = true };

    private bool IsOfFirst { get; init; }

    /// <summary>Writes down what the run went on with: more epochs than it was started with, where the trainer allowed them.</summary>
    public void KeepSettings()
    {
        if (!IsOfFirst)
        {
            StartRecord.Write(Settings, _settings);
        }
    }

    /// <summary>Removes a run that came to nothing, so that the same command can be tried again; one with a checkpoint stays.</summary>
    public void DiscardIfUnused()
    {
        if (_isNew && !Directory.EnumerateFileSystemEntries(Checkpoints).Any())
        {
            File.Delete(Settings);
            File.Delete(HistoryLines);
            Directory.Delete(Checkpoints);
            if (!Directory.EnumerateFileSystemEntries(_folder).Any())
            {
                Directory.Delete(_folder);
            }
        }
    }

    // Where files lie may change between two starts, and where the run computes; what is in the files may not. The budget is said in
    // numbers where nothing is given, since another version may have others.
    internal static SortedDictionary<string, string> Describe(TrainArguments arguments) => new(StringComparer.Ordinal)
    {
        ["--train"] = StartRecord.Fingerprint(arguments.Train),
        ["--validation"] = arguments.Validation is { } validation ? StartRecord.Fingerprint(validation) : "none",
        ["--validation-share"] = arguments.ValidationShare is { } share ? Text(share) : "none",
        ["--variant"] = arguments.Variant.Name,
        ["--recipe"] = arguments.Recipe.Name,
        ["--backbone"] = arguments.Backbone?.Name ?? "the variant's",
        [arguments.SettingsAreShared ? StartRecord.RowWeights : "--weights"] = arguments.Start.Fingerprint(),
        ["--start-from"] = arguments.StartFrom is { } start ? StartRecord.Fingerprint(start) : "none",
        ["--prefix"] = arguments.Prefix ?? "none",
        ["--channel-order"] = arguments.ChannelOrder.ToString().ToLowerInvariant(),
        ["--size"] = Text(arguments.Size),
        ["--batch-size"] = Text(arguments.BatchSize ?? DefaultBudget.BatchSize),
        ["--frozen"] = arguments.Frozen ? "given" : "none",
        ["--epochs"] = Text(arguments.Epochs ?? (arguments.Frozen ? DefaultBudget.FrozenEpochs : DefaultBudget.Epochs)),
        ["--learning-rate"] = Text(arguments.LearningRate),
        ["--set"] = arguments.Settings.ToString(),
        ["--seed"] = Text(arguments.Seed),
        ["--classes"] = (arguments.Classes ?? ExpressionClassSet.AffWild2).ToString(),
        ["--tasks"] = arguments.Tasks is { } tasks ? string.Join(',', tasks) : "none",
        ["--precision"] = arguments.Precision.ToString().ToLowerInvariant(),
        ["--on-bad-image"] = arguments.OnBadImage.ToString().ToLowerInvariant(),
        ["--hide-expressions"] = Text(arguments.HideExpressions),
        ["--hide-labels"] = Text(arguments.HideLabels),
    };

    // The trainer knows whether a run can go on to other epochs, or on another course of the learning rate; any number of ranks can.
    private static string WithoutCourse(string name, string value) => name switch
    {
        "--epochs" => "",
        "--set" => string.Join(' ', value.Split(' ').Where(setting =>
            setting != "none" && !setting.StartsWith("Distributed.", StringComparison.Ordinal) &&
            !setting.StartsWith("Schedule.", StringComparison.Ordinal) &&
            !setting.StartsWith("Epochs=", StringComparison.Ordinal))),
        _ => value,
    };

    /// <summary>Removes the checkpoints of a run that is done, where they are still there.</summary>
    public static void RemoveCheckpoints(string folder)
    {
        if (CheckpointsIn(folder) is var checkpoints && Directory.Exists(checkpoints))
        {
            Directory.Delete(checkpoints, recursive: true);
        }
    }

    private static string CheckpointsIn(string folder) => Path.Combine(folder, "checkpoints");

    private static string SettingsIn(string folder) => Path.Combine(folder, "run.json");

    private static string Text(IFormattable? value) => value?.ToString(null, CultureInfo.InvariantCulture) ?? "the recipe's";
}

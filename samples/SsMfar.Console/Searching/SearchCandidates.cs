using System.Collections.Immutable;
using System.Globalization;
using SsMfar.ConsoleApp.Commands;
using SsMfar.ConsoleApp.Shell;
using SsMfar.Models;
using SsMfar.Training;

namespace SsMfar.ConsoleApp.Searching;

/// <summary>From candidates to the arguments of their runs; what cannot be run is refused before anything is.</summary>
internal sealed class SearchCandidates(SearchArguments arguments, SearchSpace space)
{
    // The options of train that a space may vary beside the settings.
    private static readonly string[] OfTrain = ["recipe", "variant", "backbone", "weights"];

    // The search says these itself, rung by rung.
    private static readonly string[] Own = [nameof(TrainingOptions.Epochs), Course];

    private const string Course = $"{nameof(TrainingOptions.Schedule)}.{nameof(ScheduleOptions.Epochs)}";

    /// <summary>The folder of all runs.</summary>
    public string Root => Path.Combine(arguments.Training.Out, "runs");

    /// <summary>The cache in the search's folder; null where another is given.</summary>
    public string? OwnCache => arguments.Training.Cache is null ? Path.Combine(arguments.Training.Out, "cache") : null;

    /// <summary>A candidate's run.</summary>
    /// <param name="candidate">The candidate.</param>
    /// <param name="seed">The run's seed.</param>
    /// <param name="epochs">The epochs to train it to. The learning rate's course is that of a full run.</param>
    public TrainArguments Run(SearchCandidate candidate, long seed, int epochs)
    {
        TrainArguments run = Changed(candidate) with
        {
            Seed = seed,
            Epochs = epochs,
            Cache = OwnCache ?? arguments.Training.Cache,
            Out = Path.Combine(Folder(candidate), string.Create(CultureInfo.InvariantCulture, $"seed-{seed}")),
            Resume = true,
            KeepsHistory = true,
        };
        return run with
        {
            Settings = run.Settings.With([KeyValuePair.Create(Course, arguments.Epochs.ToString(CultureInfo.InvariantCulture))]),
        };
    }

    /// <summary>The folder of a candidate's runs.</summary>
    public string Folder(SearchCandidate candidate) =>
        Path.Combine(Root, string.Create(CultureInfo.InvariantCulture, $"candidate-{candidate.Number:D3}"));

    /// <summary>
    /// Refuses a space that does not fit the options, line by line, then each candidate that no trainer can be built for.
    /// </summary>
    /// <exception cref="BadInputException">One cannot be run; the message names file and line, or the candidate.</exception>
    public void Check(IEnumerable<SearchCandidate> candidates)
    {
        if (arguments.Training.Settings.Values.Keys.FirstOrDefault(Own.Contains) is { } own)
        {
            throw new BadInputException($"--set {own}: search says this itself, rung by rung; --epochs is a full run's. Leave it out.");
        }

        foreach (SearchDimension dimension in space.Dimensions)
        {
            Check(dimension);
        }

        HashSet<string> used = new(StringComparer.Ordinal);
        IEnumerable<string> given = arguments.Training.Settings.Values.Keys;
        foreach (SearchCandidate candidate in candidates)
        {
            used.UnionWith(candidate.Values.Keys.Concat(given).Except(Unused(candidate)));
        }

        if (given.FirstOrDefault(name => !used.Contains(name)) is { } nowhere)
        {
            throw new BadInputException($"--set {nowhere}: no candidate has a use for this beside its other options. Leave it out.");
        }

        if (candidates.Skip(1).Any() && space.Dimensions.FirstOrDefault(dimension => !used.Contains(dimension.Name)) is { } idle)
        {
            throw new BadInputException(
                $"{idle.Place}: no candidate has a use for {idle.Name} beside its other options. Leave the line out.");
        }
    }

    /// <summary>The settings that a candidate's run has no use for, which <c>train</c> would refuse.</summary>
    /// <exception cref="BadInputException">It cannot be run.</exception>
    public ImmutableArray<string> Unused(SearchCandidate candidate) =>
        Build(candidate, $"{arguments.Space}: candidate {candidate.Number} ({Words(candidate)})");

    /// <summary>A candidate's changes, for readers.</summary>
    public static string Words(SearchCandidate candidate) => candidate.Values.IsEmpty ? "nothing changed" : candidate.ToString();

    private void Check(SearchDimension dimension)
    {
        string? fault = Own.Contains(dimension.Name) ? $"'{dimension.Name}' is what rungs are made of. Leave the line out"
            : arguments.Training.Settings.Values.ContainsKey(dimension.Name) ? $"'{dimension.Name}' is in --set too. Keep one of the two"
            : null;
        if (fault is not null)
        {
            throw new BadInputException($"{dimension.Place}: {fault}.");
        }

        foreach (string value in dimension.Ends)
        {
            SearchCandidate alone = new(0, ImmutableSortedDictionary<string, string>.Empty.Add(dimension.Name, value));
            try
            {
                if (!OfTrain.Contains(dimension.Name))
                {
                    OptionSettings.Check(dimension.Name, value);
                }

                Build(alone, $"{dimension.Place}: {dimension.Name} = {value}");
            }
            catch (Exception unfit) when (unfit is FormatException or ArgumentException)
            {
                throw new BadInputException(
                    $"{dimension.Place}: {dimension.Name} = {value}: {Settings(ConsoleWords.Of(unfit.Message))}");
            }
        }
    }

    // A name that is none may be meant for train.
    private static string Settings(string fault) => fault.StartsWith("there is no setting", StringComparison.Ordinal)
        ? $"{fault.TrimEnd('.')}. Beside them a space may vary {string.Join(", ", OfTrain)}."
        : fault;

    private ImmutableArray<string> Build(SearchCandidate candidate, string what)
    {
        try
        {
            TrainArguments run = Run(candidate, arguments.Seeds[0], arguments.Epochs);
            TrainCommand.Check(run);
            MultiTaskTrainerBuilder builder = TrainerSetup.Builder(run);
            return (run.Tasks is null ? builder : builder.UseTasks(run.Tasks)).Build().UnusedOptions;
        }
        catch (Exception unfit) when (unfit is TrainingConfigurationException or BadInputException)
        {
            throw new BadInputException($"{what}: {ConsoleWords.Of(unfit.Message)}");
        }
    }

    private TrainArguments Changed(SearchCandidate candidate)
    {
        TrainArguments run = arguments.Training with
        {
            SettingsAreShared = true,
            Settings = arguments.Training.Settings.With(candidate.Values.Where(setting => !OfTrain.Contains(setting.Key))),
        };
        run = Given("recipe") is { } recipe ? run with { Recipe = TrainingRecipe.Parse(recipe) } : run;
        run = Given("variant") is { } variant ? run with { Variant = SsMfarVariant.Parse(variant) } : run;
        run = Given("backbone") is { } backbone ? run with { Backbone = BackboneFactory.Parse(backbone) } : run;
        return Given("weights") is { } weights ? run with { Start = BackboneStart.Parse(weights), StartIsDefault = false }
            : run is { StartIsDefault: true, StartFrom: null }
                ? run with { Start = BackboneStart.Default(run.Recipe, run.Variant, TrainerSetup.Backbone(run)) }
                : run;

        string? Given(string name) => candidate.Values.GetValueOrDefault(name);
    }
}

using SsMfar.Data;
using SsMfar.Metadata;
using SsMfar.Models;
using SsMfar.Tasks;
using TorchSharp;

namespace SsMfar.Training;

/// <summary>Whether a model of custom parts could be loaded again once it is saved, found out before it is trained.</summary>
internal static class SavableParts
{
    /// <summary>What is wrong with kinds and decoders, which is known without data.</summary>
    public static IEnumerable<string> Faults(BackboneFactory backbone, IReadOnlyList<AffectTask> tasks)
    {
        ModelParts parts = Parts(backbone, tasks);
        Type? builtIn = ModelParts.BuiltIn.BackboneType(backbone.Name);
        if (builtIn is not null && parts.BackboneType(backbone.Name) is { } named && named != builtIn)
        {
            yield return SameKind("backbone", named, builtIn, backbone.Name);
        }

        foreach (IGrouping<string, Type> heads in tasks.Select(task => task.Head).GroupBy(head => head.Kind, head => head.Type))
        {
            Type? library = ModelParts.BuiltIn.HeadType(heads.Key);
            Type[] custom = [.. heads.Distinct().Where(type => type != library)];
            if (custom.Length > 1 || (custom.Length > 0 && library is not null))
            {
                yield return SameKind("head", custom[0], library ?? custom[1], heads.Key);
            }
        }

        foreach (AffectTask task in tasks)
        {
            if (Fault(parts, task.Decoder) is { } fault)
            {
                string type = task.Decoder.GetType().Name;
                yield return $"The decoder of task '{task.Name}' could not be made again from a model file: {fault}. Let {type}.Create " +
                    $"return what {type}.Description says, which starts with new PartDescription({type}.Kind)";
            }
        }
    }

    /// <summary>Makes custom parts and makes them again from what they say of themselves.</summary>
    /// <exception cref="TrainingConfigurationException">A part does not come back as it was.</exception>
    public static void Check(BackboneFactory factory, IReadOnlyList<AffectTask> tasks, AnnotationSet annotations)
    {
        if (ModelParts.BuiltIn.BackboneType(factory.Name) is not null && tasks.All(task => IsBuiltIn(task.Head)))
        {
            return;
        }

        ModelParts parts = Parts(factory, tasks);
        IBackbone backbone = factory.Create(default);
        using torch.nn.Module module = backbone.Module;
        if (ModelParts.BuiltIn.BackboneType(factory.Name) is null)
        {
            Compare("The backbone", backbone, module, backbone.Description, factory.Name, description =>
                parts.CreateBackbone(description, default).Module);
        }

        foreach (AffectTask task in tasks.Where(task => !IsBuiltIn(task.Head)))
        {
            ITaskHead head = task.Head.Create(new(annotations, backbone.FeatureWidth, default));
            using torch.nn.Module headModule = head.Module;
            Compare($"The head of task '{task.Name}'", head, headModule, head.Description, task.Head.Kind, description =>
                parts.CreateHead(description, default).Module);
        }
    }

    private static ModelParts Parts(BackboneFactory backbone, IReadOnlyList<AffectTask> tasks) => tasks.Aggregate(
        backbone.Register(ModelParts.BuiltIn), (parts, task) => task.RegisterDecoder(task.Head.Register(parts)));

    private static bool IsBuiltIn(TaskHeadFactory head) => ModelParts.BuiltIn.HeadType(head.Kind) == head.Type;

    private static string SameKind(string role, Type one, Type other, string kind) =>
        $"The {role}s {one.Name} and {other.Name} both have the kind '{kind}', and a model file could not tell them apart: " +
            $"change {one.Name}.Kind";

    private static string? Fault(ModelParts parts, ITaskDecoder decoder)
    {
        try
        {
            ITaskDecoder again = parts.Decoders.Create(decoder.Description);
            return again.GetType() != decoder.GetType() ? $"'{decoder.Description.Kind}' is the kind of {again.GetType().Name}"
                : again.Description.ToString() != decoder.Description.ToString()
                    ? $"{decoder.Description} would become {again.Description}"
                : null;
        }
        catch (Exception fault) when (fault is UnknownPartException or FormatException or ArgumentException)
        {
            return fault.Message.TrimEnd('.');
        }
    }

    private static void Compare(
        string name,
        object part,
        torch.nn.Module module,
        PartDescription description,
        string kind,
        Func<PartDescription, torch.nn.Module> make)
    {
        string type = part.GetType().Name;
        if (description.Kind != kind)
        {
            throw Refused(
                $"{name} describes itself as '{description.Kind}', not as '{kind}'", $"Start {type}.Description with new " +
                    $"PartDescription({type}.Kind)");
        }

        string remedy = $"Make {type}.Create build what {type}.Description says, with every size in it";
        try
        {
            using torch.nn.Module again = make(description);
            string[] had = [.. Tensors(module)];
            string[] has = [.. Tensors(again)];
            if (had.Except(has).Concat(has.Except(had)).FirstOrDefault() is { } different)
            {
                throw Refused($"{name} made again from {description} has other tensors; the first that differs is {different}", remedy);
            }
        }
        catch (Exception fault) when (fault is FormatException or ArgumentException)
        {
            throw Refused($"{name} cannot be made again from {description}: {fault.Message.TrimEnd('.')}", remedy);
        }
    }

    private static IEnumerable<string> Tensors(torch.nn.Module module) =>
        module.state_dict().Select(entry => $"{entry.Key} [{string.Join(", ", entry.Value.shape)}]");

    private static TrainingConfigurationException Refused(string problem, string remedy) =>
        new($"The model could be trained, but not saved and loaded: {problem}. {remedy}.");
}

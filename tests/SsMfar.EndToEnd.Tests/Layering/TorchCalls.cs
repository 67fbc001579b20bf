using System.Reflection;

namespace SsMfar.Tests.Layering;

/// <summary>Which methods the code of methods calls.</summary>
internal static class TorchCalls
{
    private const BindingFlags Declared =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    /// <summary>Every method and constructor of an assembly, those of compiler-made types included.</summary>
    public static IEnumerable<MethodBase> Methods(Assembly assembly) => assembly.GetTypes()
        .SelectMany(type => type.GetMethods(Declared).Cast<MethodBase>().Concat(type.GetConstructors(Declared)));

    /// <summary>The methods that a method's code calls or takes the address of.</summary>
    public static IEnumerable<MethodBase> Of(MethodBase method) => TypeReferences.Members(method).OfType<MethodBase>().Select(Definition);

    /// <summary>A method as it is declared, whatever its type arguments.</summary>
    public static MethodBase Definition(MethodBase method) =>
        HasToken(method) ? method.Module.ResolveMethod(method.MetadataToken)! : method;

    // Those that the runtime makes, of arrays for instance, are in no file.
    private static bool HasToken(MethodBase method) => (method.MetadataToken & 0xFFFFFF) != 0;
}
